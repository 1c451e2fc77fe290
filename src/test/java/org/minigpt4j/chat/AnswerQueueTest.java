package org.minigpt4j.chat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.chat.AnswerQueue.Bounds;
import org.minigpt4j.chat.ChatSettings.Overflow;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.generate.Likelihood;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.nano.scene.SceneWorld;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** Many answers at once, with a small random model. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnswerQueueTest {

    private static final Bounds BOUNDS = new Bounds(64, 12, 8192);

    @TempDir Path temp;
    private final SceneWorld world = new SceneWorld(3, 128);

    private ChatModel open(String precision) {
        List<String> options = new ArrayList<>(NanoChat.options(temp.resolve(precision)));
        options.add("run.precision=" + precision);
        return ChatModel.open(EvalConfig.load(NanoChat.FILE, options), (key, bytes) -> {});
    }

    private static ChatSettings settings(int tokens, boolean draws, long seed) {
        return new ChatSettings(
                GenerationSettings.builder()
                        .optMaxNewTokens(tokens)
                        .optDoSample(draws)
                        .optTopP(0.9)
                        .optSeed(seed)
                        .build(),
                2000,
                Overflow.CUT);
    }

    /** What it was asked and has answered so far, about a picture or none. */
    private static PromptPlaces prompt(ChatModel model, ChatPicture picture, String... turns) {
        var conversation = new Conversation<ChatPicture>(ChatTemplate.VICUNA_V0);
        if (picture != null) {
            conversation.show(picture);
        }
        for (int i = 0; i < turns.length; i++) {
            if (i % 2 == 0) {
                conversation.ask(turns[i]);
            } else {
                conversation.answer(turns[i]);
            }
        }
        return model.places(conversation);
    }

    private static Ticket ask(
            AnswerQueue queue, ChatModel model, PromptPlaces prompt, ChatSettings settings) {
        return ask(queue, model, prompt, settings, AnswerListener.NONE);
    }

    private static Ticket ask(
            AnswerQueue queue,
            ChatModel model,
            PromptPlaces prompt,
            ChatSettings settings,
            AnswerListener heard) {
        return queue.ask(List.of(new Order(model, prompt, settings, true, 2, heard))).get(0);
    }

    private static List<Likelihood> likelihoods(Ticket ticket) throws InterruptedException {
        ticket.await();
        return ticket.await(0, Duration.ZERO).likelihoods();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp32", "bf16"})
    void whoeverIsInTheBatchAnAnswerHasTheBitsThatItHasAlone(String precision) throws Exception {
        SplittableRandom random = new SplittableRandom(7);
        try (ChatModel model = open(precision)) {
            List<PromptPlaces> prompts = new ArrayList<>();
            List<ChatSettings> settings = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                ChatPicture picture = i % 4 == 3 ? null : model.see(world.jpeg(i % 3));
                String question = "what is this? ".repeat(random.nextInt(1, 6));
                prompts.add(prompt(model, picture, question, "a ball.", "and this?"));
                settings.add(settings(random.nextInt(2, 24), i % 3 > 0, random.nextLong()));
            }
            List<List<Likelihood>> alone = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                try (AnswerQueue queue = new AnswerQueue(model, BOUNDS)) {
                    alone.add(likelihoods(ask(queue, model, prompts.get(i), settings.get(i))));
                }
            }
            // Asked for at random times, with others that leave in the middle.
            try (AnswerQueue queue = new AnswerQueue(model, BOUNDS)) {
                for (int round = 0; round < 2; round++) {
                    List<Integer> order = shuffled(prompts.size(), random);
                    Ticket[] tickets = new Ticket[prompts.size()];
                    for (int i : order) {
                        int steps = random.nextInt(4);
                        AtomicInteger heard = new AtomicInteger();
                        ask(
                                queue,
                                model,
                                prompts.get(random.nextInt(prompts.size())),
                                settings(20, true, i),
                                text -> heard.incrementAndGet() < steps);
                        tickets[i] = ask(queue, model, prompts.get(i), settings.get(i));
                        if (random.nextInt(3) == 0) {
                            tickets[i].await(0, Duration.ofMillis(random.nextInt(20)));
                        }
                    }
                    for (int i = 0; i < tickets.length; i++) {
                        same(alone.get(i), likelihoods(tickets[i]), precision + ", answer " + i);
                    }
                }
                assertTrue(queue.figures().now().keptTokens() > 0);
                var figures = queue.figures().now();
                assertTrue(
                        figures.newTokens() > 2 * figures.steps(), "rows shared steps: " + figures);
            }
        }
    }

    private static void same(List<Likelihood> expected, List<Likelihood> got, String name) {
        assertEquals(expected.size(), got.size(), name);
        for (int k = 0; k < expected.size(); k++) {
            String place = name + ", token " + k;
            assertEquals(expected.get(k).id(), got.get(k).id(), place);
            assertEquals(expected.get(k).logProbability(), got.get(k).logProbability(), place);
            assertArrayEquals(expected.get(k).bestIds(), got.get(k).bestIds(), place);
            assertArrayEquals(
                    expected.get(k).bestLogProbabilities(),
                    got.get(k).bestLogProbabilities(),
                    place);
        }
    }

    private static List<Integer> shuffled(int count, SplittableRandom random) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers.add(random.nextInt(numbers.size() + 1), i);
        }
        return numbers;
    }

    @Test
    void aConversationThatGoesOnKeepsWhatItRead() throws Exception {
        try (ChatModel model = open("fp32");
                AnswerQueue queue = new AnswerQueue(model, BOUNDS)) {
            ChatPicture picture = queue.see(world.jpeg(0));
            PromptPlaces first = prompt(model, picture, "what is this?");
            Answer one = ask(queue, model, first, settings(8, false, 0)).await();
            assertEquals(0, one.keptTokens());
            PromptPlaces second = prompt(model, picture, "what is this?", one.text(), "why?");
            Order any =
                    new Order(model, second, settings(8, false, 0), false, 2, AnswerListener.NONE);
            Answer two = queue.ask(List.of(any)).get(0).await();
            assertTrue(two.keptTokens() >= one.promptTokens() - 2, two.toString());
            Answer steady = ask(queue, model, second, settings(8, false, 0)).await();
            assertEquals(one.promptTokens() / 64 * 64, steady.keptTokens(), steady.toString());
        }
    }

    @Test
    void whoeverGoesAwayCostsOneMoreTokenAtMost() throws Exception {
        try (ChatModel model = open("fp32");
                AnswerQueue queue = new AnswerQueue(model, BOUNDS)) {
            CountDownLatch three = new CountDownLatch(3);
            CountDownLatch cancelled = new CountDownLatch(1);
            AtomicInteger tokens = new AtomicInteger();
            Ticket ticket =
                    ask(
                            queue,
                            model,
                            prompt(model, null, "tell me a story"),
                            settings(64, true, 1),
                            text -> {
                                tokens.incrementAndGet();
                                three.countDown();
                                if (three.getCount() == 0) {
                                    await(cancelled);
                                }
                                return true;
                            });
            three.await();
            ticket.cancel();
            cancelled.countDown();
            Answer answer = ticket.await();
            assertEquals(3, tokens.get());
            assertEquals(3, answer.newTokens());
            assertEquals(Answer.End.CANCELLED, answer.end());
        }
    }

    @Test
    void whoeverAsksForMuchDoesNotMakeOthersWait() throws Exception {
        try (ChatModel model = open("fp32");
                AnswerQueue queue = new AnswerQueue(model, new Bounds(20, 1, 256))) {
            CountDownLatch all = new CountDownLatch(1);
            PromptPlaces prompt = prompt(model, null, "what?");
            ask(
                    queue,
                    model,
                    prompt,
                    settings(2, false, 0),
                    text -> {
                        await(all);
                        return true;
                    });
            while (queue.running() == 0) {
                Thread.onSpinWait();
            }
            List<String> order = Collections.synchronizedList(new ArrayList<>());
            List<Ticket> tickets = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                tickets.addAll(queue.ask(greedy(false), List.of(told(model, prompt, order, "a"))));
            }
            Order more = told(model, prompt, order, "a");
            assertEquals(List.of(), queue.ask(greedy(false), List.of(more)));
            tickets.addAll(queue.ask(greedy(true), List.of(more)));
            for (int i = 0; i < 3; i++) {
                Asker other = new Asker("10.0.0.2", "", false);
                tickets.addAll(queue.ask(other, List.of(told(model, prompt, order, "b"))));
            }
            assertEquals(24, tickets.size());
            all.countDown();
            for (Ticket ticket : tickets) {
                ticket.await();
            }
            assertEquals(List.of("a", "b", "a", "b", "a", "b", "a", "a"), order.subList(0, 8));
        }
    }

    private static Asker greedy(boolean again) {
        return new Asker("10.0.0.1", "", again);
    }

    private static Order told(
            ChatModel model, PromptPlaces prompt, List<String> order, String name) {
        return new Order(
                model,
                prompt,
                settings(1, false, 0),
                true,
                -1,
                text -> {
                    order.add(name);
                    return true;
                });
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void beamsAndOtherCheckpointsOfTheModelAreAnsweredBesideIt() throws Exception {
        try (ChatModel model = open("fp32");
                ChatModel other = model.with(TrainableValues.initialProjection(128, 96, 5));
                AnswerQueue queue = new AnswerQueue(model, BOUNDS)) {
            ChatPicture picture = queue.see(world.jpeg(0));
            PromptPlaces prompt = prompt(model, picture, "what is this?");
            var beams = GenerationSettings.builder().optMaxNewTokens(9).optNumBeams(3).build();
            ChatSettings three = new ChatSettings(beams, 2000, Overflow.CUT);
            Answer expected;
            try (PromptReader reader = model.newReader()) {
                expected = reader.answer(prompt, three, AnswerListener.NONE);
            }
            List<Likelihood> alone = likelihoods(ask(queue, model, prompt, settings(9, false, 0)));
            List<Likelihood> others = likelihoods(ask(queue, other, prompt, settings(9, false, 0)));
            assertNotEquals(alone.get(0).logProbability(), others.get(0).logProbability());
            List<Ticket> tickets = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                tickets.add(ask(queue, model, prompt, settings(9, false, 0)));
                tickets.add(ask(queue, other, prompt, settings(9, false, 0)));
                Order order = new Order(model, prompt, three, true, -1, AnswerListener.NONE);
                Answer found = queue.ask(List.of(order)).get(0).await();
                assertEquals(expected.text(), found.text());
                assertEquals(expected.newTokens(), found.newTokens());
            }
            for (int i = 0; i < tickets.size(); i++) {
                same(i % 2 == 0 ? alone : others, likelihoods(tickets.get(i)), "answer " + i);
            }
        }
    }

    @Test
    void tooManyAreRefusedAndOneThatFailsHarmsNobody() throws Exception {
        try (ChatModel model = open("fp32");
                AnswerQueue queue = new AnswerQueue(model, new Bounds(3, 2, 256))) {
            CountDownLatch full = new CountDownLatch(1);
            PromptPlaces prompt = prompt(model, null, "what?");
            Ticket blocking =
                    ask(
                            queue,
                            model,
                            prompt,
                            settings(2, false, 0),
                            text -> {
                                await(full);
                                return true;
                            });
            while (queue.running() == 0) {
                Thread.onSpinWait();
            }
            Ticket failing =
                    ask(
                            queue,
                            model,
                            prompt,
                            settings(9, false, 0),
                            text -> {
                                throw new IllegalStateException("on purpose");
                            });
            Ticket good = ask(queue, model, prompt, settings(9, false, 0));
            Ticket other = ask(queue, model, prompt, settings(9, false, 0));
            Order more =
                    new Order(model, prompt, settings(9, false, 0), true, 0, AnswerListener.NONE);
            assertEquals(List.of(), queue.ask(List.of(more)));
            full.countDown();
            assertEquals(2, blocking.await().newTokens());
            assertThrows(IllegalStateException.class, failing::await);
            assertEquals(good.await().text(), other.await().text());
            assertEquals(1, queue.figures().now().failures());
        }
    }
}
