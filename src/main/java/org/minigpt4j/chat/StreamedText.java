package org.minigpt4j.chat;

import org.minigpt4j.generate.AnswerText;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.generate.TokenListener;
import org.minigpt4j.text.Tokenizer;

/**
 * Converts tokens to a text that only grows. It holds back text that the next token could still
 * change: incomplete characters, blanks at the end, and the possible start of a stop text.
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
        // Ask after each token, so that a client that has left stops the work immediately.
        cancelled = !listener.grown(told);
        return !cancelled;
    }

    /** All of the text that is final. */
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

    /**
     * The reason why an answer ended, given its ids, beginning with the implicit begin of sequence.
     */
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
