package org.minigpt4j.generate;

import org.minigpt4j.text.Tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Between token ids and the text of an answer, by the rules of the reference's chat. */
public final class AnswerText {

    private static final String TURN = "###";
    private static final String ROLE = "Assistant:";

    private AnswerText() {}

    /**
     * The answer in a generated sequence: one leading {@code <unk>} and one leading {@code <s>} are
     * dropped, the rest is decoded with its special tokens (an end of sequence stays visible), and
     * what stands before the first {@code ###} and after the last {@code Assistant:} is stripped of
     * spaces. Where turns end with a token, that token is dropped and nothing else is cut.
     */
    public static String of(Tokenizer tokenizer, int[] ids) {
        int from = 0;
        if (from < ids.length && ids[from] == tokenizer.unkId()) {
            from++;
        }
        if (from < ids.length && ids[from] == tokenizer.bosId()) {
            from++;
        }
        if (tokenizer.endsTurnsByToken()) {
            boolean ended = ids.length > from && ids[ids.length - 1] == tokenizer.eosId();
            int to = ended ? ids.length - 1 : ids.length;
            return tokenizer.decode(Arrays.copyOfRange(ids, from, to)).strip();
        }
        String text = tokenizer.decode(Arrays.copyOfRange(ids, from, ids.length));
        int turn = text.indexOf(TURN);
        text = turn < 0 ? text : text.substring(0, turn);
        int role = text.lastIndexOf(ROLE);
        return (role < 0 ? text : text.substring(role + ROLE.length())).strip();
    }

    /**
     * The ids that {@code symbol} can be: as its own text and after other text. With LLaMA's
     * vocabulary {@code ###} gives 835 and 2277 29937, the two stop sequences of the reference.
     */
    public static List<int[]> stopSequences(Tokenizer tokenizer, String symbol) {
        int[] word = tokenizer.encode("a");
        int[] behind = tokenizer.encode("a" + symbol);
        Set<List<Integer>> sequences = new LinkedHashSet<>();
        sequences.add(boxed(tokenizer.encode(symbol)));
        if (Arrays.equals(word, 0, word.length, behind, 0, Math.min(word.length, behind.length))) {
            sequences.add(boxed(Arrays.copyOfRange(behind, word.length, behind.length)));
        }
        List<int[]> found = new ArrayList<>();
        for (List<Integer> sequence : sequences) {
            if (!sequence.isEmpty()) {
                found.add(sequence.stream().mapToInt(Integer::intValue).toArray());
            }
        }
        return found;
    }

    private static List<Integer> boxed(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }
}
