package org.minigpt4j.prepare.report;

/** Text from anywhere, made safe to stand in a page. */
final class Html {

    private Html() {}

    /**
     * The text as it may stand between tags and in quoted attributes. Control characters, halves of
     * surrogate pairs and the marks that turn the direction of what follows become U+FFFD.
     */
    static String escape(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        text.codePoints()
                .forEach(
                        c -> {
                            switch (c) {
                                case '&' -> safe.append("&amp;");
                                case '<' -> safe.append("&lt;");
                                case '>' -> safe.append("&gt;");
                                case '"' -> safe.append("&quot;");
                                case '\'' -> safe.append("&#39;");
                                case '\t', '\n', '\r' -> safe.append(' ');
                                default -> safe.appendCodePoint(isHarmless(c) ? c : 0xFFFD);
                            }
                        });
        return safe.toString();
    }

    private static boolean isHarmless(int c) {
        boolean turns = c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069;
        int type = Character.getType(c);
        return !turns && type != Character.CONTROL && type != Character.SURROGATE;
    }
}
