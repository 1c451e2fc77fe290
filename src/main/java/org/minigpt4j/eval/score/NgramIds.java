package org.minigpt4j.eval.score;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Assigns numbers to words and n-grams. An n-gram is stored as a pair: the number of the n-gram
 * without its last word, and that word. The number 0 is the empty n-gram.
 */
final class NgramIds {

    private final Map<String, Integer> words = new HashMap<>();
    private long[] keys = new long[1 << 12];
    private int[] ids = new int[1 << 12];
    private int size;

    /** The numbers of the words. */
    int[] words(List<String> text) {
        int[] numbers = new int[text.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = words.computeIfAbsent(text.get(i), word -> words.size() + 1);
        }
        return numbers;
    }

    /** The number of the n-gram {@code shorter} with {@code word} after it. */
    int longer(int shorter, int word) {
        if (2 * size >= keys.length) {
            grow();
        }
        long key = (long) shorter << 32 | word;
        int slot = slot(key);
        if (keys[slot] == 0) {
            keys[slot] = key;
            ids[slot] = ++size;
        }
        return ids[slot];
    }

    /** One more than the largest n-gram number. */
    int limit() {
        return size + 1;
    }

    private int slot(long key) {
        int mask = keys.length - 1;
        long mixed = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        while (keys[slot] != 0 && keys[slot] != key) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private void grow() {
        long[] oldKeys = keys;
        int[] oldIds = ids;
        keys = new long[2 * oldKeys.length];
        ids = new int[keys.length];
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                int slot = slot(oldKeys[i]);
                keys[slot] = oldKeys[i];
                ids[slot] = oldIds[i];
            }
        }
    }
}
