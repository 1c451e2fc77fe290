package org.minigpt4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Numbers in names of files, in JSON, CSV, SVG and HTML must have ASCII digits whatever language
 * the machine speaks, or they are not found again. So a format with a number that gives no locale
 * is allowed in sentences for people only, which have blanks and no markup; and no text changes its
 * case by the machine's language.
 */
class LocaleRuleTest {

    private static final Path SOURCES = Path.of("src", "main", "java");
    private static final String LITERAL = "\"(?:[^\"\\\\]++|\\\\.)*+\"";
    private static final Pattern FORMATTED =
            Pattern.compile("((?:" + LITERAL + "[\\s+]*+)++)\\)?\\s*\\.formatted\\(");
    private static final Pattern CALLED =
            Pattern.compile("(?:String\\.format|printf)\\(\\s*((?:" + LITERAL + "[\\s+]*+)++)");
    private static final Pattern NUMBER =
            Pattern.compile("%(?:\\d+\\$)?[-#+ 0,(]*\\d*(\\.\\d+)?[dfeEgGaA]");
    private static final Pattern MARKUP = Pattern.compile("<\\w|</|/>|\\\\\"|\\w=|[{}]|\\\\t");
    private static final Pattern CASE = Pattern.compile("\\.to(?:Lower|Upper)Case\\(\\s*\\)");

    @Test
    void numbersThatAreReadAgainAreFormattedWithALocale() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> tree = Files.walk(SOURCES)) {
            for (Path file : tree.filter(path -> path.toString().endsWith(".java")).toList()) {
                faults(Files.readString(file)).forEach(fault -> found.add(file + ": " + fault));
            }
        }
        assertEquals(List.of(), found, "use String.format(Locale.ROOT, ...)");
    }

    private static List<String> faults(String code) {
        List<String> faults = new ArrayList<>();
        for (Pattern pattern : List.of(FORMATTED, CALLED)) {
            Matcher formats = pattern.matcher(code);
            while (formats.find()) {
                String template = formats.group(1);
                if (NUMBER.matcher(template).find() && !isSentence(template)) {
                    faults.add(template.strip());
                }
            }
        }
        Matcher cases = CASE.matcher(code);
        while (cases.find()) {
            faults.add(cases.group());
        }
        return faults;
    }

    /** Two words of letters in a row, and nothing that a program would read. */
    private static boolean isSentence(String template) {
        String text = template.replaceAll("\"[\\s+]+\"", "");
        return Pattern.compile("[a-z,:;] |[a-z]").matcher(text).find()
                && Pattern.compile("\\p{Alpha}{2,}[,:;.)]? |  ?\\p{Alpha}{2,}").matcher(text).find()
                && !MARKUP.matcher(text).find();
    }

    @Test
    void theRuleTellsNamesFromSentences() {
        assertFalse(faults("x = \"%08d\".formatted(step);").isEmpty());
        assertFalse(faults("x = String.format(\"%05d.tar\", shard);").isEmpty());
        assertFalse(faults("x = (\"<rect x='%d' \" + \"y='%d'/>\").formatted(a, b);").isEmpty());
        assertFalse(faults("x = \"{\\\"step\\\": %d}\".formatted(a);").isEmpty());
        assertFalse(faults("x = name.toLowerCase();").isEmpty());
        assertTrue(faults("x = String.format(Locale.ROOT, \"%08d\", step);").isEmpty());
        assertTrue(faults("throw new E(\"%d of %d samples\".formatted(a, b));").isEmpty());
        assertTrue(faults("x = \"%s.tar\".formatted(name);").isEmpty());
    }
}
