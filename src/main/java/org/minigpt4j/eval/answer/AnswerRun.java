package org.minigpt4j.eval.answer;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.Answer;
import org.minigpt4j.chat.AnswerLikelihoods;
import org.minigpt4j.chat.AnswerListener;
import org.minigpt4j.chat.AnswerQueue;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatPicture;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.chat.Conversation;
import org.minigpt4j.chat.Order;
import org.minigpt4j.chat.PromptPlaces;
import org.minigpt4j.chat.Ticket;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.Sha256;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers the questions of a set, short prompts first, several at a time on each device. Each
 * answer is bit-identical to the one computed alone. So neither interruptions nor the number of
 * devices change the answers or their order in the file.
 */
public final class AnswerRun {

    private static final String ANSWERS = "answers.jsonl";
    private static final String PLAN = "plan.txt";

    /** Number of positions whose keys and values stay in memory on each device. */
    private static final int PLACES = 1 << 15;

    private final List<ChatModel> models;
    private final ChatSettings settings;
    private final int together;
    private final List<Question> plan;
    private final QuestionSet set;
    private final Path folder;

    /** Called after each answer with the number of questions answered and the total. */
    public interface Progress {
        void answered(int done, int all);
    }

    /**
     * Plans a run.
     *
     * @param models one per device, all with the same weights
     * @param together number of answers that a device generates at the same time
     * @param folder for the answers
     * @param made a text of everything else that determines the answers: model, limits
     * @throws UsageException if the folder contains answers of another model or to other questions
     */
    public AnswerRun(
            QuestionSet set,
            List<ChatModel> models,
            int together,
            int maxNewTokens,
            Path folder,
            String made) {
        this.set = set;
        this.models = List.copyOf(models);
        this.together = together;
        this.folder = folder;
        settings =
                new ChatSettings(
                        GenerationSettings.builder().optMaxNewTokens(maxNewTokens).build(),
                        ChatSettings.MAX_LENGTH,
                        ChatSettings.Overflow.REFUSE);
        plan = planned(set.questions(), models.get(0));
        claim(made);
    }

    private static List<Question> planned(List<Question> questions, ChatModel model) {
        Map<Question, Integer> lengths = new HashMap<>();
        for (Question question : questions) {
            ChatPicture nobody = new ChatPicture("", new float[0]);
            lengths.put(question, places(model, question, nobody).size());
        }
        return questions.stream().sorted(Comparator.comparing(lengths::get)).toList();
    }

    private static PromptPlaces places(ChatModel model, Question question, ChatPicture picture) {
        Conversation<ChatPicture> conversation = new Conversation<>(model.template());
        conversation.show(picture);
        conversation.ask(question.text());
        return model.places(conversation);
    }

    /** Records what the answers depend on, or compares it with the existing record. */
    private void claim(String made) {
        StringBuilder all = new StringBuilder(made);
        for (Question one : plan) {
            all.append('\n').append(one.id()).append('\t').append(one.text());
            all.append('\t').append(one.choices());
        }
        ByteBuffer bytes = ByteBuffer.wrap(all.toString().getBytes(StandardCharsets.UTF_8));
        String identity = new Sha256().update(bytes).hex() + "\n";
        Path file = folder.resolve(PLAN);
        try {
            if (!Files.exists(file)) {
                AtomicFile.writeString(file, identity);
            } else if (!Files.readString(file).equals(identity)) {
                throw new UsageException(
                        ("%s contains answers of another model, or to other questions; choose"
                                        + " another --out or remove it")
                                .formatted(folder));
            }
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(file, e);
        }
    }

    /** Removes the answers in a folder, if there are any. */
    static void forget(Path folder) throws IOException {
        Files.deleteIfExists(folder.resolve(ANSWERS));
        Files.deleteIfExists(folder.resolve(PLAN));
    }

    /**
     * Answers all questions that have no answer yet.
     *
     * @return all answers, in the order of the questions
     * @throws InterruptedException if the thread is interrupted; finished answers are kept
     */
    public Map<String, Given> run(Progress progress) throws InterruptedException {
        Map<String, Given> answers = new HashMap<>();
        List<String> ids = plan.stream().map(Question::id).toList();
        try (AnswerFile file = AnswerFile.open(folder.resolve(ANSWERS), ids)) {
            file.before().forEach(one -> answers.put(one.id(), one));
            progress.answered(answers.size(), plan.size());
            answerFrom(answers.size(), file, answers, progress);
        }
        Map<String, Given> ordered = new LinkedHashMap<>();
        set.questions().forEach(one -> ordered.put(one.id(), answers.get(one.id())));
        return ordered;
    }

    /** An answer that is being generated. */
    private interface Coming {
        Given await() throws InterruptedException;
    }

    /**
     * Question i goes to device i modulo the number of devices; answers are written to the file in
     * question order.
     */
    private void answerFrom(
            int first, AnswerFile file, Map<String, Given> answers, Progress progress)
            throws InterruptedException {
        List<AnswerQueue> queues = new ArrayList<>();
        Deque<Coming> coming = new ArrayDeque<>();
        int ahead = 2 * together * models.size();
        try {
            for (ChatModel model : models) {
                queues.add(new AnswerQueue(model, new AnswerQueue.Bounds(ahead, together, PLACES)));
            }
            int next = first;
            while (next < plan.size() || !coming.isEmpty()) {
                while (next < plan.size() && coming.size() < ahead) {
                    int device = next % models.size();
                    coming.add(ask(models.get(device), queues.get(device), plan.get(next++)));
                }
                Given given = coming.remove().await();
                file.add(given);
                answers.put(given.id(), given);
                progress.answered(answers.size(), plan.size());
            }
        } finally {
            queues.forEach(AnswerQueue::close);
        }
    }

    private Coming ask(ChatModel model, AnswerQueue queue, Question question) {
        PromptPlaces prompt = places(model, question, see(queue, question));
        if (!question.choices().isEmpty()) {
            return () ->
                    chosen(question, new AnswerLikelihoods(model).of(prompt, question.choices()));
        }
        Order order = new Order(model, prompt, settings, true, -1, AnswerListener.NONE);
        List<Ticket> tickets = queue.ask(List.of(order));
        return () -> {
            Answer answer = tickets.get(0).await();
            return new Given(
                    question.id(),
                    answer.text(),
                    answer.end() == Answer.End.STOP,
                    answer.newTokens(),
                    List.of());
        };
    }

    /** The most likely choice; the first one on a tie. */
    private static Given chosen(Question question, double[] likelihoods) {
        int best = 0;
        List<Double> all = new ArrayList<>();
        for (int i = 0; i < likelihoods.length; i++) {
            all.add(likelihoods[i]);
            best = likelihoods[i] > likelihoods[best] ? i : best;
        }
        return new Given(question.id(), question.choices().get(best), true, 0, all);
    }

    private static ChatPicture see(AnswerQueue queue, Question question) {
        try {
            return queue.see(question.picture().read());
        } catch (IOException | FailedException e) {
            throw new FailedException(
                    "the picture of %s cannot be read: %s".formatted(question.id(), e.getMessage()),
                    e);
        }
    }
}
