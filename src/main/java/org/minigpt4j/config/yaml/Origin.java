package org.minigpt4j.config.yaml;

/** Where a value was written; its text form is for messages. */
public record Origin(Kind kind, String source, int line) {

    public enum Kind {
        BUILT_IN,
        FILE,
        OPTION
    }

    static Origin file(String name, int line) {
        return new Origin(Kind.FILE, name, line);
    }

    public static Origin builtIn(String name, int line) {
        return new Origin(Kind.BUILT_IN, name, line);
    }

    static Origin option(String text) {
        return new Origin(Kind.OPTION, text, 0);
    }

    public boolean isBuiltIn() {
        return kind == Kind.BUILT_IN;
    }

    @Override
    public String toString() {
        return switch (kind) {
            case BUILT_IN -> "built-in " + source + ":" + line;
            case FILE -> source + ":" + line;
            case OPTION -> "--options " + source;
        };
    }
}
