package org.minigpt4j.model;

import java.util.List;

/**
 * The keys of a fused weight: {@code a.{x,y}.b} stands for {@code a.x.b} above {@code a.y.b}.
 *
 * @param parts the keys from top to bottom, {@link #ZEROS} for rows of zeros
 */
record KeyPattern(List<String> parts) {

    /** Stands for a part that is no tensor of the file but zeros. */
    static final String ZEROS = "0";

    static KeyPattern of(String name) {
        int open = name.indexOf('{');
        if (open < 0) {
            return new KeyPattern(List.of(name));
        }
        int close = name.indexOf('}', open);
        String before = name.substring(0, open);
        String after = name.substring(close + 1);
        List<String> names = List.of(name.substring(open + 1, close).split(","));
        return new KeyPattern(
                names.stream().map(n -> n.equals(ZEROS) ? n : before + n + after).toList());
    }

    /** The tensors of the file. */
    List<String> keys() {
        return parts.stream().filter(part -> !part.equals(ZEROS)).toList();
    }

    /** The shape of one part, all being equally tall. */
    long[] partShape(long[] whole) {
        long[] part = whole.clone();
        part[0] /= parts.size();
        return part;
    }
}
