package org.minigpt4j.chat;

import org.minigpt4j.text.Tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A prompt as a list of positions, each of which is a token id or one of a picture's positions. As
 * far as the positions of two prompts agree, the language model reads the same input.
 */
public final class PromptPlaces {

    /** Token ids, or negative numbers for the positions of pictures. */
    private final long[] places;

    private final List<ChatPicture> pictures;
    private final int queries;

    /**
     * Consecutive positions of one kind.
     *
     * @param ids token ids; null for a picture
     * @param picture the picture; null for tokens
     * @param begin the first of the picture's positions, counted within the picture
     * @param end one past the last of the picture's positions
     */
    record Run(long[] ids, ChatPicture picture, int begin, int end) {}

    private PromptPlaces(long[] places, List<ChatPicture> pictures, int queries) {
        this.places = places;
        this.pictures = pictures;
        this.queries = queries;
    }

    /**
     * Tokenizes the texts, with begin of sequence before the first one, and reserves positions for
     * pictures.
     */
    static PromptPlaces of(List<PromptPart<ChatPicture>> prompt, Tokenizer tokenizer, int queries) {
        List<Long> places = new ArrayList<>();
        List<ChatPicture> pictures = new ArrayList<>();
        if (tokenizer.bosId() != Tokenizer.NONE) {
            places.add((long) tokenizer.bosId());
        }
        for (PromptPart<ChatPicture> part : prompt) {
            if (part instanceof PromptPart.Text<ChatPicture> text) {
                for (int id : tokenizer.encode(text.text())) {
                    places.add((long) id);
                }
            } else if (part instanceof PromptPart.Picture<ChatPicture> picture) {
                int number = pictures.indexOf(picture.picture());
                if (number < 0) {
                    number = pictures.size();
                    pictures.add(picture.picture());
                }
                for (int i = 0; i < queries; i++) {
                    places.add(-1 - ((long) number * queries + i));
                }
            }
        }
        return new PromptPlaces(
                places.stream().mapToLong(Long::longValue).toArray(), pictures, queries);
    }

    /** Number of positions. */
    public int size() {
        return places.length;
    }

    /** The prompt without its first {@code count} positions. */
    PromptPlaces without(int count) {
        return new PromptPlaces(
                Arrays.copyOfRange(places, count, places.length), pictures, queries);
    }

    /** The first {@code count} positions. */
    PromptPlaces upTo(int count) {
        return new PromptPlaces(Arrays.copyOf(places, count), pictures, queries);
    }

    /** The prompt followed by these tokens. */
    PromptPlaces with(int[] ids) {
        long[] longer = Arrays.copyOf(places, places.length + ids.length);
        for (int i = 0; i < ids.length; i++) {
            longer[places.length + i] = ids[i];
        }
        return new PromptPlaces(longer, pictures, queries);
    }

    /** Number of leading positions that both prompts have in common. */
    int common(PromptPlaces other) {
        int most = Math.min(size(), other.size());
        for (int i = 0; i < most; i++) {
            boolean same =
                    places[i] < 0
                            ? other.places[i] < 0
                                    && slot(places[i]) == other.slot(other.places[i])
                                    && picture(places[i]).equals(other.picture(other.places[i]))
                            : places[i] == other.places[i];
            if (!same) {
                return i;
            }
        }
        return most;
    }

    private int slot(long place) {
        return (int) ((-1 - place) % queries);
    }

    private ChatPicture picture(long place) {
        return pictures.get((int) ((-1 - place) / queries));
    }

    /**
     * The positions from {@code from} (inclusive) to {@code to} (exclusive), as runs of one kind.
     */
    List<Run> runs(int from, int to) {
        List<Run> runs = new ArrayList<>();
        int begin = from;
        while (begin < to) {
            int end = begin + 1;
            while (end < to && continues(end)) {
                end++;
            }
            runs.add(
                    places[begin] < 0
                            ? new Run(
                                    null,
                                    picture(places[begin]),
                                    slot(places[begin]),
                                    slot(places[begin]) + end - begin)
                            : new Run(Arrays.copyOfRange(places, begin, end), null, 0, 0));
            begin = end;
        }
        return runs;
    }

    /** Whether a position belongs to the same run as the one before it. */
    private boolean continues(int at) {
        return places[at] >= 0
                ? places[at - 1] >= 0
                : places[at - 1] < 0
                        && slot(places[at]) == slot(places[at - 1]) + 1
                        && picture(places[at]).equals(picture(places[at - 1]));
    }
}
