package org.minigpt4j.eval.score;

import org.minigpt4j.eval.python.PythonText;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The n-grams of one to {@link #LONGEST} words in a caption, in order of first occurrence. Any
 * white space separates words.
 *
 * @param length the number of words
 * @param ids the numbers of the n-grams, indexed by their length minus one
 * @param counts how often each n-gram occurs
 */
record Ngrams(int length, int[][] ids, int[][] counts) {

    static final int LONGEST = 4;
    private static final int SHORT = 32;

    static Ngrams of(String caption, NgramIds numbers) {
        int[] words = numbers.words(PythonText.split(caption));
        int[][] ids = new int[LONGEST][];
        int[][] counts = new int[LONGEST][];
        int[] begun = new int[words.length]; // the n-gram that begins here and is one word shorter
        for (int n = 0; n < LONGEST; n++) {
            int occurrences = Math.max(0, words.length - n);
            for (int at = 0; at < occurrences; at++) {
                begun[at] = numbers.longer(begun[at], words[at + n]);
            }
            count(n, Arrays.copyOf(begun, occurrences), ids, counts);
        }
        return new Ngrams(words.length, ids, counts);
    }

    private static void count(int n, int[] occurrences, int[][] ids, int[][] counts) {
        ids[n] = new int[occurrences.length];
        counts[n] = new int[occurrences.length];
        Map<Integer, Integer> places =
                new HashMap<>(); // for long texts; short ones are searched linearly
        int size = 0;
        for (int id : occurrences) {
            int place = size;
            if (occurrences.length > SHORT) {
                place = places.getOrDefault(id, size);
                places.put(id, place);
            } else {
                for (int before = 0; before < size && place == size; before++) {
                    place = ids[n][before] == id ? before : size;
                }
            }
            ids[n][place] = id;
            counts[n][place]++;
            size = Math.max(size, place + 1);
        }
        ids[n] = Arrays.copyOf(ids[n], size);
        counts[n] = Arrays.copyOf(counts[n], size);
    }
}
