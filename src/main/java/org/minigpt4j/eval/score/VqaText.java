package org.minigpt4j.eval.score;

import org.minigpt4j.eval.python.PythonText;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Normalises answers for comparison as VQA's {@code vqaEval.py} does, including its bugs: it
 * removes full stops even after a digit, but only the first 32; and whether a punctuation mark
 * becomes a blank or is removed depends on the whole answer.
 */
final class VqaText {

    private static final String[] SIGNS = {
        ";", "/", "[", "]", "\"", "{", "}", "(", ")", "=", "+", "\\", "_", "-", ">", "<", "@", "`",
        ",", "?", "!"
    };
    private static final Pattern COMMA_IN_NUMBER = Pattern.compile("\\d,\\d");
    private static final Pattern COMMAS_IN_NUMBER = Pattern.compile("(?<=\\d),+(?=\\d)");
    private static final Pattern FULL_STOP = Pattern.compile("\\.(?!\\d)");
    private static final int MOST_FULL_STOPS = 32;

    private static final Set<String> ARTICLES = Set.of("a", "an", "the");
    private static final Map<String, String> NUMBERS =
            Map.ofEntries(
                    Map.entry("none", "0"),
                    Map.entry("zero", "0"),
                    Map.entry("one", "1"),
                    Map.entry("two", "2"),
                    Map.entry("three", "3"),
                    Map.entry("four", "4"),
                    Map.entry("five", "5"),
                    Map.entry("six", "6"),
                    Map.entry("seven", "7"),
                    Map.entry("eight", "8"),
                    Map.entry("nine", "9"),
                    Map.entry("ten", "10"));

    /**
     * Contractions with apostrophes. Removing the apostrophe gives the key; where it does not, the
     * key comes first, followed by a colon.
     */
    private static final String CONTRACTIONS =
            """
            ain't aren't can't could've couldn't couldn'tve:couldn't've couldnt've:couldn't've
            didn't doesn't don't hadn't hadnt've:hadn't've hadn'tve:hadn't've hasn't haven't he'd
            hed've:he'd've he'dve:he'd've he's how'd how'll how's isn't it'd itd've:it'd've
            it'dve:it'd've it'll ma'am mightn't mightnt've:mightn't've mightn'tve:mightn't've
            might've mustn't must've needn't notve:not've o'clock oughtn't ow's'at:'ow's'at
            'ows'at:'ow's'at 'ow'sat:'ow's'at shan't shed've:she'd've she'dve:she'd've should've
            shouldn't shouldnt've:shouldn't've shouldn'tve:shouldn't've somebody'd:somebodyd
            somebodyd've:somebody'd've somebody'dve:somebody'd've somebody'll somebody's someone'd
            someoned've:someone'd've someone'dve:someone'd've someone'll someone's something'd
            somethingd've:something'd've something'dve:something'd've something'll that's there'd
            thered've:there'd've there'dve:there'd've there're there's they'd they'dve:they'd've
            theyd've:they'd've they'll they're they've 'twas wasn't wed've:we'd've we'dve:we'd've
            we've weren't what'll what're what's what've when's where'd where's where've who'd
            whod've:who'd've who'dve:who'd've who'll who's who've why'll why're why's won't
            would've wouldn't wouldnt've:wouldn't've wouldn'tve:wouldn't've y'all yall'll:y'all'll
            y'allll:y'all'll yall'd've:y'all'd've y'alld've:y'all'd've y'all'dve:y'all'd've you'd
            youd've:you'd've you'dve:you'd've you'll you're you've
            """;

    private static final Map<String, String> CONTRACTED = contracted();

    private VqaText() {}

    /**
     * The answer with blanks for line feeds and tabs, and without blanks at the ends. Applied to
     * every answer.
     */
    static String stripped(String answer) {
        return PythonText.strip(answer.replace('\n', ' ').replace('\t', ' '));
    }

    /**
     * The answer without punctuation and articles, with numbers as digits and contractions with
     * apostrophes.
     */
    static String normalised(String answer, ScoreMode mode) {
        return withoutArticles(withoutSigns(answer, mode));
    }

    /** The first step that lmms-eval applies to a prediction. */
    static String tokenised(String answer) {
        String text = answer.toLowerCase(Locale.ROOT).replace(",", "").replace("?", "");
        return stripped(PythonText.strip(text.replace("'s", " 's")));
    }

    private static String withoutSigns(String answer, ScoreMode mode) {
        Pattern comma = mode == ScoreMode.OFFICIAL ? COMMA_IN_NUMBER : COMMAS_IN_NUMBER;
        boolean number = comma.matcher(answer).find();
        String text = answer;
        for (String sign : SIGNS) {
            boolean apart = answer.contains(sign + " ") || answer.contains(" " + sign);
            text = text.replace(sign, apart || number ? "" : " ");
        }
        Matcher stop = FULL_STOP.matcher(text);
        StringBuilder kept = new StringBuilder();
        for (int i = 0; i < MOST_FULL_STOPS && stop.find(); i++) {
            stop.appendReplacement(kept, "");
        }
        return stop.appendTail(kept).toString();
    }

    private static String withoutArticles(String text) {
        List<String> words = new ArrayList<>();
        for (String word : PythonText.split(text.toLowerCase(Locale.ROOT))) {
            String number = NUMBERS.getOrDefault(word, word);
            if (!ARTICLES.contains(number)) {
                words.add(CONTRACTED.getOrDefault(number, number));
            }
        }
        return String.join(" ", words);
    }

    private static Map<String, String> contracted() {
        Map<String, String> contracted = new HashMap<>();
        for (String word : CONTRACTIONS.split("\\s+")) {
            int colon = word.indexOf(':');
            contracted.put(
                    colon < 0 ? word.replace("'", "") : word.substring(0, colon),
                    word.substring(colon + 1));
        }
        return contracted;
    }
}
