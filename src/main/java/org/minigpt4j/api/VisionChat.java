package org.minigpt4j.api;

import org.minigpt4j.chat.Answer;
import org.minigpt4j.chat.AnswerListener;
import org.minigpt4j.chat.Chat;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.generate.GenerationSettings;

/**
 * A conversation with a model. Keys and values are kept between turns, so a further question only
 * costs its own tokens. Not thread-safe. Close it before its model.
 */
public final class VisionChat implements AutoCloseable {

    private final ChatModel model;
    private final Chat chat;
    private final ChatSettings settings;

    VisionChat(ChatModel model, int maxNewTokens) {
        this.model = model;
        chat = model.newChat(model.template());
        settings =
                new ChatSettings(
                        GenerationSettings.builder().optMaxNewTokens(maxNewTokens).build(),
                        ChatSettings.MAX_LENGTH,
                        ChatSettings.Overflow.REFUSE);
    }

    /**
     * Adds a picture; the next question is about it.
     *
     * @param picture a JPEG, PNG or WebP file
     * @throws org.minigpt4j.FailedException if the picture cannot be decoded
     */
    public void show(byte[] picture) {
        chat.conversation().show(model.see(picture));
    }

    /**
     * Asks a question and waits for the answer, generated with greedy decoding.
     *
     * @throws org.minigpt4j.UsageException if the conversation is too long
     * @throws InterruptedException if the thread is interrupted
     */
    public VisualAnswer ask(String question) throws InterruptedException {
        chat.conversation().ask(question);
        Answer answer = chat.answer(settings, AnswerListener.NONE);
        return new VisualAnswer(answer.text(), answer.end() == Answer.End.STOP, answer.newTokens());
    }

    /** Frees the keys and values that were kept between turns. */
    @Override
    public void close() {
        chat.close();
    }
}
