package org.minigpt4j.nano.parts;

import org.minigpt4j.nano.scene.Scene;
import org.minigpt4j.nano.scene.SceneNotes;
import org.minigpt4j.text.Tokenizer;

import java.util.HashMap;
import java.util.Map;

/**
 * The notes of a scene in the vocabulary, one piece a word: the first of the word's pieces that is
 * more than the blank before it.
 */
public final class NoteTokens {

    private final Map<String, Integer> pieces = new HashMap<>();

    /** Looks the words up. */
    public NoteTokens(Tokenizer tokenizer) {
        int blank = tokenizer.encode("K")[0];
        for (String word : SceneNotes.WORDS) {
            int[] ids = tokenizer.encode(word);
            pieces.put(word, ids[0] == blank ? ids[1] : ids[0]);
        }
    }

    /** {@link SceneNotes#LENGTH} ids. */
    public int[] ids(Scene scene) {
        return SceneNotes.of(scene).stream().mapToInt(pieces::get).toArray();
    }

    /** True for a piece that stands for a word of notes that says something. */
    boolean isNote(int id) {
        return pieces.containsValue(id) && id != pieces.get(SceneNotes.END);
    }

    /** Words and their pieces. */
    Map<String, Integer> pieces() {
        return pieces;
    }
}
