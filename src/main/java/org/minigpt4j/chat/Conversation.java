package org.minigpt4j.chat;

import org.minigpt4j.UsageException;

import java.util.ArrayList;
import java.util.List;

/**
 * The messages of a conversation and the prompt built from them. The rules are those of the
 * reference's {@code Chat} class: a picture is a separate message to which the next question is
 * appended, and a message without text has no separator.
 *
 * <p>The prompt is a list of parts, not a string, so text that a user types can never be mistaken
 * for a picture. Not thread-safe.
 *
 * @param <P> the type that represents a picture, such as its embeddings
 */
public final class Conversation<P> {

    private enum Role {
        HUMAN,
        ASSISTANT
    }

    /** A message: a sequence of texts and pictures. */
    private static final class Message<P> {

        private final Role role;
        private final List<PromptPart<P>> parts = new ArrayList<>();

        Message(Role role) {
            this.role = role;
        }

        /** Whether a picture comes last, so that a question can follow in the same message. */
        boolean endsWithPicture() {
            return parts.size() > 1
                    && parts.get(parts.size() - 2) instanceof PromptPart.Picture<P>
                    && parts.get(parts.size() - 1).equals(afterPicture());
        }

        boolean isEmpty() {
            return parts.stream()
                    .allMatch(part -> part instanceof PromptPart.Text<P> t && t.text().isEmpty());
        }
    }

    private final ChatTemplate template;
    private final List<Message<P>> messages = new ArrayList<>();

    /** Creates an empty conversation in the format of {@code template}. */
    public Conversation(ChatTemplate template) {
        this.template = template;
    }

    /** Adds a picture. */
    public void show(P picture) {
        Message<P> message = add(Role.HUMAN);
        message.parts.add(new PromptPart.Text<>(ChatTemplate.BEFORE_PICTURE));
        message.parts.add(new PromptPart.Picture<>(picture));
        message.parts.add(afterPicture());
    }

    /** Adds a question; directly after a picture it becomes part of the picture's message. */
    public void ask(String question) {
        Message<P> last = messages.isEmpty() ? null : messages.get(messages.size() - 1);
        if (last != null && last.role == Role.HUMAN && last.endsWithPicture()) {
            last.parts.add(new PromptPart.Text<>(" " + question));
        } else {
            add(Role.HUMAN).parts.add(new PromptPart.Text<>(question));
        }
    }

    /** Adds the model's answer. */
    public void answer(String answer) {
        add(Role.ASSISTANT).parts.add(new PromptPart.Text<>(answer));
    }

    /**
     * Removes the last answer, so that another one can be generated.
     *
     * @throws UsageException if the last message is not an answer
     */
    public void retractAnswer() {
        if (messages.isEmpty() || messages.get(messages.size() - 1).role != Role.ASSISTANT) {
            throw new UsageException("There is no answer to repeat.");
        }
        messages.remove(messages.size() - 1);
    }

    /**
     * Removes the last question, if it is the last message. A picture in the same message stays.
     */
    public void retractQuestion() {
        Message<P> last = messages.isEmpty() ? null : messages.get(messages.size() - 1);
        if (last == null || last.role != Role.HUMAN || last.endsWithPicture()) {
            return;
        }
        last.parts.remove(last.parts.size() - 1);
        if (last.parts.isEmpty()) {
            messages.remove(last);
        }
    }

    /** All pictures so far, in order. */
    public List<P> pictures() {
        List<P> pictures = new ArrayList<>();
        for (Message<P> message : messages) {
            for (PromptPart<P> part : message.parts) {
                if (part instanceof PromptPart.Picture<P> picture) {
                    pictures.add(picture.picture());
                }
            }
        }
        return pictures;
    }

    /** Number of messages so far; a picture and its question count as one. */
    public int size() {
        return messages.size();
    }

    /**
     * The prompt for the next answer: texts and pictures, without two adjacent texts. The first
     * text is tokenized with a begin of sequence before it, the others without.
     */
    public List<PromptPart<P>> prompt() {
        var prompt = new Prompt<P>();
        prompt.add(template.opening() + template.system() + template.closing());
        for (Message<P> message : messages) {
            ChatTemplate.Turn turn = turn(message.role);
            if (message.isEmpty()) {
                prompt.add(turn.waiting());
            } else {
                prompt.add(turn.before());
                message.parts.forEach(prompt::add);
                prompt.add(turn.after());
            }
        }
        prompt.add(template.assistant().waiting());
        return prompt.end();
    }

    private static final class Prompt<P> {

        private final List<PromptPart<P>> parts = new ArrayList<>();
        private final StringBuilder run = new StringBuilder();

        void add(String text) {
            run.append(text);
        }

        void add(PromptPart<P> part) {
            if (part instanceof PromptPart.Text<P> text) {
                run.append(text.text());
            } else {
                flush();
                parts.add(part);
            }
        }

        private void flush() {
            parts.add(new PromptPart.Text<>(run.toString()));
            run.setLength(0);
        }

        List<PromptPart<P>> end() {
            flush();
            return parts;
        }
    }

    private Message<P> add(Role role) {
        Message<P> message = new Message<>(role);
        messages.add(message);
        return message;
    }

    private ChatTemplate.Turn turn(Role role) {
        return role == Role.HUMAN ? template.human() : template.assistant();
    }

    private static <P> PromptPart<P> afterPicture() {
        return new PromptPart.Text<>(ChatTemplate.AFTER_PICTURE);
    }
}
