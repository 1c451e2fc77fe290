package org.minigpt4j.chat;

import org.minigpt4j.text.Tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A prompt, place by place: a token id, or one of a picture's places. Two prompts agree up to where
 * their places do, and so far the language model has read the same.
 */
public final class PromptPlaces {

    /** Ids, or the negative numbers of pictures' places. */
    private final long[] places;

    private final List<ChatPicture> pictures;
    private final int queries;

    /**
     * Consecutive places of one kind.
     *
     * @param ids tokens; null for a picture
     * @param picture whose places they are; null for tokens
     * @param begin the first of the picture's places
     * @param end the place after the last one
     */
    record Run(long[] ids, ChatPicture picture, int begin, int end) {}

    private PromptPlaces(long[] places, List<ChatPicture> pictures, int queries) {
        this.places = places;
        this.pictures = pictures;
        this.queries = queries;
    }

    /** Tokenizes the texts, the first with a begin of sequence, and leaves room for pictures. */
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

    /** How many places. */
    public int size() {
        return places.length;
    }

    /** Without the first {@code count} places. */
    PromptPlaces without(int count) {
        return new PromptPlaces(
                Arrays.copyOfRange(places, count, places.length), pictures, queries);
    }

    /** The first {@code count} places. */
    PromptPlaces upTo(int count) {
        return new PromptPlaces(Arrays.copyOf(places, count), pictures, queries);
    }

    /** With tokens after it. */
    PromptPlaces with(int[] ids) {
        long[] longer = Arrays.copyOf(places, places.length + ids.length);
        for (int i = 0; i < ids.length; i++) {
            longer[places.length + i] = ids[i];
        }
        return new PromptPlaces(longer, pictures, queries);
    }

    /** How many places from the first on are the same in both. */
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

    /** The places from number {@code from} up to the one before {@code to}, in runs of one kind. */
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

    /** Whether a place belongs to the same run as the one before it. */
    private boolean continues(int at) {
        return places[at] >= 0
                ? places[at - 1] >= 0
                : places[at - 1] < 0
                        && slot(places[at]) == slot(places[at - 1]) + 1
                        && picture(places[at]).equals(picture(places[at - 1]));
    }
}
