package org.minigpt4j.api;

import org.minigpt4j.chat.Answer;
import org.minigpt4j.chat.AnswerListener;
import org.minigpt4j.chat.Chat;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.generate.GenerationSettings;

/**
 * A conversation. Between turns it remembers what the model has read, so a second question costs
 * only itself. One thread at a time; close it before its model.
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
     * Shows a picture, which the next question is about.
     *
     * @param picture a JPEG, PNG or WebP file
     * @throws org.minigpt4j.FailedException if it cannot be decoded
     */
    public void show(byte[] picture) {
        chat.conversation().show(model.see(picture));
    }

    /**
     * Asks, and waits for the answer: the most likely token each.
     *
     * @throws org.minigpt4j.UsageException if the conversation is too long
     * @throws InterruptedException if the thread is told to stop
     */
    public VisualAnswer ask(String question) throws InterruptedException {
        chat.conversation().ask(question);
        Answer answer = chat.answer(settings, AnswerListener.NONE);
        return new VisualAnswer(answer.text(), answer.end() == Answer.End.STOP, answer.newTokens());
    }

    /** Frees what was kept between turns. */
    @Override
    public void close() {
        chat.close();
    }
}
