package org.minigpt4j.chat;

/**
 * One conversation with a model, which remembers between turns what it has read. One thread at a
 * time; several chats of one model wait for each other.
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

    /** What was said; show, ask and retract through it. */
    public Conversation<ChatPicture> conversation() {
        return conversation;
    }

    /**
     * Answers, and adds the answer to the conversation.
     *
     * @param listener hears it grow
     * @throws org.minigpt4j.UsageException if the conversation is too long and is not to be cut
     * @throws InterruptedException if the thread is told to stop; the conversation then has no
     *     answer
     */
    public Answer answer(ChatSettings settings, AnswerListener listener)
            throws InterruptedException {
        Answer answer = reader.answer(model.places(conversation), settings, listener);
        conversation.answer(answer.text());
        return answer;
    }

    /** Frees what was kept between turns. */
    @Override
    public void close() {
        reader.close();
    }
}
