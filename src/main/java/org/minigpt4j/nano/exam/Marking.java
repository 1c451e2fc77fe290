package org.minigpt4j.nano.exam;

import org.minigpt4j.nano.scene.Color;
import org.minigpt4j.nano.scene.QuestionKind;
import org.minigpt4j.nano.scene.Scene;
import org.minigpt4j.nano.scene.SceneObject;
import org.minigpt4j.nano.scene.Shape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Says whether an answer is right and what a description says, by its words. */
public final class Marking {

    private static final String COLORS =
            alternatives(Arrays.stream(Color.values()).map(Color::word).toList());
    private static final String SHAPES =
            alternatives(Arrays.stream(Shape.values()).map(Shape::word).toList());
    private static final String PLACES =
            "at the (?:top|bottom)(?: left| right)?|on the (?:left|right)|in the middle";
    private static final String THING =
            "(?:big|small) (%s) (%s)(?: with the letter [A-Z])?".formatted(COLORS, SHAPES);
    private static final String OPENING = "(?:The image shows|This picture shows|I see) ";

    private static final Pattern NAMED =
            Pattern.compile("\\b(%s) (%s)\\b".formatted(COLORS, SHAPES));
    private static final Pattern DESCRIPTION =
            Pattern.compile(
                    OPENING
                            + "(?:one object|two objects|three objects) on a (?:"
                            + COLORS
                            + ") background\\.(?: (?i:"
                            + PLACES
                            + ") there is an? "
                            + THING
                            + "\\.)+");

    private Marking() {}

    private static String alternatives(List<String> words) {
        return words.stream().collect(Collectors.joining("|"));
    }

    /** True if an answer says what the true one says, however it says it. */
    public static boolean isRight(QuestionKind kind, String answer, String truth) {
        Set<String> said = said(kind, answer);
        return !said.isEmpty() && said.equals(said(kind, truth));
    }

    /** Words of an answer that belong to what was asked for. */
    static Set<String> said(QuestionKind kind, String answer) {
        String pattern =
                switch (kind) {
                    case COLOR -> "\\b(?:" + COLORS + ")\\b";
                    case SHAPE -> "\\b(?:" + SHAPES + ")\\b";
                    case SIZE -> "\\b(?:big|small)\\b";
                    case COUNT -> "\\b(?:one|two|three)\\b";
                    case LETTER -> "\\b[A-Z]\\b";
                    case PLACE -> PLACES;
                    case EXISTENCE -> "^(?:Yes|No)\\b";
                };
        Set<String> said = new TreeSet<>();
        Matcher matcher = Pattern.compile(pattern).matcher(answer);
        while (matcher.find()) {
            said.add(matcher.group());
        }
        return said;
    }

    /** Things that a description names by colour and form, in its order. */
    static List<String> named(String description) {
        List<String> named = new ArrayList<>();
        Matcher matcher = NAMED.matcher(description);
        while (matcher.find()) {
            named.add(matcher.group());
        }
        return named;
    }

    /** Such as {@code red star}, for each thing of a scene. */
    static List<String> things(Scene scene) {
        return scene.things().stream().map(SceneObject::shortName).toList();
    }

    /** True if it is not a description at all, by its form. */
    static boolean isMalformed(String description) {
        return !DESCRIPTION.matcher(description).matches();
    }

    /** True if two descriptions differ in nothing but their first words. */
    static boolean isSame(String one, String other) {
        return one.replaceFirst("^" + OPENING, "").equals(other.replaceFirst("^" + OPENING, ""));
    }
}
