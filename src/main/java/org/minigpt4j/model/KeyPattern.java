package org.minigpt4j.model;

import java.util.ArrayList;
import java.util.List;

/**
 * The keys of a fused weight: {@code a.{x,y}.b} stands for {@code a.x.b} above {@code a.y.b}, and
 * {@code {x*4,y}} for an x that is four times as tall as y.
 *
 * @param parts the keys from top to bottom, {@link #ZEROS} for rows of zeros
 * @param heights how tall each part is, in the height of the lowest
 */
record KeyPattern(List<String> parts, List<Integer> heights) {

    /** Stands for a part that is no tensor of the file but zeros. */
    static final String ZEROS = "0";

    static KeyPattern of(String name) {
        int open = name.indexOf('{');
        if (open < 0) {
            return new KeyPattern(List.of(name), List.of(1));
        }
        int close = name.indexOf('}', open);
        String before = name.substring(0, open);
        String after = name.substring(close + 1);
        List<String> parts = new ArrayList<>();
        List<Integer> heights = new ArrayList<>();
        for (String part : name.substring(open + 1, close).split(",")) {
            int times = part.indexOf('*');
            String own = times < 0 ? part : part.substring(0, times);
            parts.add(own.equals(ZEROS) ? own : before + own + after);
            heights.add(times < 0 ? 1 : Integer.parseInt(part.substring(times + 1)));
        }
        return new KeyPattern(parts, heights);
    }

    /** The tensors of the file. */
    List<String> keys() {
        return parts.stream().filter(part -> !part.equals(ZEROS)).toList();
    }

    /** The shape of the part with this key, or of part {@link #ZEROS}. */
    long[] partShape(String key, long[] whole) {
        long[] part = whole.clone();
        int all = heights.stream().mapToInt(Integer::intValue).sum();
        part[0] = part[0] / all * heights.get(parts.indexOf(key));
        return part;
    }
}
