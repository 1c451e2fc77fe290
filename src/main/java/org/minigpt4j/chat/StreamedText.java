package org.minigpt4j.chat;

import org.minigpt4j.generate.AnswerText;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.generate.TokenListener;
import org.minigpt4j.text.Tokenizer;

/**
 * Turns tokens into text that only grows. Held back is what the next token may still change: half a
 * character, blanks at the end, and what may become the mark of a turn.
 */
final class StreamedText implements TokenListener {

    private static final char UNFINISHED = '\uFFFD';
    private static final char MARK = '#';

    private final Tokenizer tokenizer;
    private final AnswerListener listener;
    private String told = "";
    private boolean cancelled;

    StreamedText(Tokenizer tokenizer, AnswerListener listener) {
        this.tokenizer = tokenizer;
        this.listener = listener;
    }

    @Override
    public boolean generated(int[] ids) {
        String certain = certain(AnswerText.of(tokenizer, ids));
        if (certain.length() > told.length() && certain.startsWith(told)) {
            told = certain;
        }
        // Asked after each token, so that whoever has gone stops the work at once.
        cancelled = !listener.grown(told);
        return !cancelled;
    }

    /** All of the text that cannot change any more. */
    String told() {
        return told;
    }

    private static String certain(String text) {
        int end = text.length();
        while (end > 0
                && (text.charAt(end - 1) == UNFINISHED
                        || text.charAt(end - 1) == MARK
                        || Character.isWhitespace(text.charAt(end - 1)))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** Why the answer of these ids, the implicit begin of sequence first, came to its end. */
    Answer.End end(int[] ids, GenerationSettings settings) {
        boolean full = ids.length > settings.maxNewTokens();
        boolean ended = ids[ids.length - 1] == tokenizer.eosId() || settings.stops(ids);
        if (ended) {
            return Answer.End.STOP;
        }
        if (full) {
            return Answer.End.LENGTH;
        }
        return cancelled ? Answer.End.CANCELLED : Answer.End.STOP;
    }
}
