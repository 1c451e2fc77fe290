package org.minigpt4j.io;

import java.util.Collection;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Cleans text from other sources (servers, files, lists, captions, names) before it reaches a
 * terminal, a log or a page. Characters that control a terminal, are invisible or change the text
 * direction become U+FFFD; secrets in addresses become {@code ***}; overlong text is cut.
 */
public final class ForeignText {

    /** Maximum length of the result of {@link #line}, in characters. */
    public static final int LINE = 400;

    /** Maximum length of the result of {@link #message}, in characters. */
    public static final int MESSAGE = 16_000;

    private static final int LINE_OF_MESSAGE = 2_000;

    /** Characters examined for each character shown; blanks and secrets become shorter. */
    private static final int SPARE = 16;

    private static final int REPLACEMENT = 0xFFFD;

    /**
     * {@code ://user:password@}. The second form allows a slash or a question mark in the password,
     * the third a blank.
     */
    private static final Pattern PASSWORD =
            Pattern.compile(
                    "(://)(?:[^\\s/?#]*@"
                            + "|[^\\s/?#@:]{1,200}+:(?!\\d{1,5}[/?#])(?:[^\\s@\"'<>]{0,200}+@)++"
                            + "|[^\\s/?#@:]{1,200}+:(?!\\d{1,5}[/?#\\s])[^\\s@]{1,200}+"
                            + "(?: [^\\s@]{1,200}+){1,8}+@)");

    private static final Pattern PARAMETER =
            Pattern.compile("([?&;#]([\\w.%-]{1,100}+)=)[^\\s&;#\"'<>]*+");

    private static final Pattern SECRET =
            Pattern.compile(
                    "token|secret|passw|pwd|signature|credential|api.?key|access.?key"
                            + "|authorization|^(?:sig|key|auth|code|pass|jwt|session)$",
                    Pattern.CASE_INSENSITIVE);

    private static final Pattern HEADER =
            Pattern.compile(
                    "((?i:authorization)[\"']?\\s{0,9}[:=]\\s{0,9}[\"']?(?:[A-Za-z]{1,20}"
                            + " +)?|\\bBearer +(?=[A-Za-z.~+/_=-]{0,200}\\d))[^\\s\"',;<>]+");

    /**
     * {@code AWS_SECRET_ACCESS_KEY=...}, {@code fs.s3a.secret.key: ...}, {@code "password": ...}
     */
    private static final Pattern ASSIGNMENT =
            Pattern.compile(
                    "(\\b(?:[A-Z0-9]{1,30}_){0,6}(?:TOKEN|SECRET|PASSWORD|PASSWD|KEY)"
                            + "(?:_[A-Z0-9]{1,30}){0,3}\\s?=\\s?[\"']?"
                            + "|(?i:(?:secret|passw(?:or)?d|(?:secret|access|api)[._-]?key(?:[._-]?id)?"
                            + "|(?:session|access|auth|refresh|tracking)[._-]?token)"
                            + "[\"']?\\s{0,3}[:=]\\s{0,3}[\"']?))[^\\s\"',;&<>()\\[\\]]{3,}");

    /**
     * Keys and tokens that are recognised by their form: AWS, GitHub, Hugging Face, OpenAI, JWT.
     */
    private static final Pattern FORM =
            Pattern.compile(
                    "\\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}"
                            + "|(?:gh[pousr]_|github_pat_|hf_|sk-|xox[abprs]-|glpat-)[A-Za-z0-9_-]{16,}"
                            + "|eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]*)");

    private ForeignText() {}

    /** The text as one line of at most {@link #LINE} characters, clean and without secrets. */
    public static String line(String text) {
        return line(text, LINE);
    }

    /** The text as one line of about {@code most} characters, clean and without secrets. */
    public static String line(String text, int most) {
        return cut(String.valueOf(text), most, ForeignText::oneLine);
    }

    /** A message of several lines for the user: clean, without secrets, cut if overlong. */
    public static String message(String text) {
        return cut(String.valueOf(text), MESSAGE, ForeignText::linesOfMessage);
    }

    private static String oneLine(String text) {
        return clean(withoutSecrets(text)).replaceAll("\\s+", " ").strip();
    }

    private static String linesOfMessage(String text) {
        return clean(withoutSecrets(text))
                .lines()
                .map(line -> cut(line, LINE_OF_MESSAGE, UnaryOperator.identity()))
                .collect(Collectors.joining("\n"));
    }

    /**
     * The first {@code most} items, each through {@link #line}, followed by the number of others.
     */
    public static String list(Collection<?> items, int most) {
        String first =
                items.stream()
                        .limit(most)
                        .map(item -> line(String.valueOf(item)))
                        .collect(Collectors.joining(", "));
        return items.size() <= most
                ? first
                : String.format(Locale.ROOT, "%s and %,d more", first, items.size() - most);
    }

    /** The text with U+FFFD instead of each harmful character; line ends and tabs stay. */
    public static String clean(String text) {
        if (text.codePoints().allMatch(ForeignText::isHarmless)) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text.length());
        text.replace("\r\n", "\n")
                .codePoints()
                .map(c -> isHarmless(c) ? c : REPLACEMENT)
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }

    /**
     * True for characters that do not control a terminal, are visible and do not change the text
     * direction.
     */
    static boolean isHarmless(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL -> c == '\n' || c == '\t';
            case Character.SURROGATE, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
                    false;
            // Joiners shape Indic and Persian letters and emoji; the others are number signs.
            case Character.FORMAT ->
                    c == 0x200C
                            || c == 0x200D
                            || c == 0xAD
                            || c >= 0x600 && c <= 0x605
                            || c == 0x6DD
                            || c == 0x70F
                            || c == 0x8E2;
            default -> true;
        };
    }

    /**
     * The text with {@code ***} instead of passwords, keys and tokens in addresses, headers and
     * settings, or of a known form. {@code log4j2.xml} does the same for log messages.
     */
    public static String withoutSecrets(String text) {
        String plain = PASSWORD.matcher(text).replaceAll("$1***@");
        plain =
                PARAMETER
                        .matcher(plain)
                        .replaceAll(
                                found ->
                                        SECRET.matcher(found.group(2)).find()
                                                ? Matcher.quoteReplacement(found.group(1) + "***")
                                                : Matcher.quoteReplacement(found.group()));
        plain = HEADER.matcher(plain).replaceAll("$1***");
        plain = ASSIGNMENT.matcher(plain).replaceAll("$1***");
        return FORM.matcher(plain).replaceAll("***");
    }

    /** The text after {@code readable}; if it is too long, its beginning and its length. */
    private static String cut(String text, int most, UnaryOperator<String> readable) {
        int looked = Math.min(text.length(), SPARE * most);
        String made = readable.apply(text.substring(0, looked));
        if (made.length() <= most && looked == text.length()) {
            return made;
        }
        int end = Math.min(made.length(), most);
        if (end > 0 && Character.isHighSurrogate(made.charAt(end - 1))) {
            end--;
        }
        return String.format(
                Locale.ROOT, "%s ... (%,d characters)", made.substring(0, end), text.length());
    }
}
