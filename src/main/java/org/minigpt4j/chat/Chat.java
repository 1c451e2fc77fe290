package org.minigpt4j.chat;

/**
 * One conversation with a model. Keys and values are kept between turns. Not thread-safe; several
 * chats with one model wait for each other.
 */
public final class Chat implements AutoCloseable {

    private final ChatModel model;
    private final Conversation<ChatPicture> conversation;
    private final PromptReader reader;

    Chat(ChatModel model, ChatTemplate template) {
        this.model = model;
        conversation = new Conversation<>(template);
        reader = model.newReader();
    }

    /** The conversation; use it to show pictures, ask questions and retract messages. */
    public Conversation<ChatPicture> conversation() {
        return conversation;
    }

    /**
     * Answers the last question and adds the answer to the conversation.
     *
     * @param listener receives the answer as it grows
     * @throws org.minigpt4j.UsageException if the conversation is too long and must not be cut
     * @throws InterruptedException if the thread is interrupted; the conversation then has no
     *     answer
     */
    public Answer answer(ChatSettings settings, AnswerListener listener)
            throws InterruptedException {
        Answer answer = reader.answer(model.places(conversation), settings, listener);
        conversation.answer(answer.text());
        return answer;
    }

    /** Frees the keys and values kept between turns. */
    @Override
    public void close() {
        reader.close();
    }
}
