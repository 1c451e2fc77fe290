package org.minigpt4j.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.UsageException;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.Preset;
import org.minigpt4j.model.RandomWeights;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.text.Tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Texts of the small random model with its own tokenizer. */
class GeneratorTest {

    @TempDir private static Path temp;
    private static Backbone backbone;
    private static Tokenizer tokenizer;
    private static Generator generator;

    @BeforeAll
    static void load() {
        new RandomModel(Preset.NANO, 0).write(temp);
        tokenizer = Tokenizer.open(RandomModel.llama(temp));
        backbone =
                new Backbone(
                        Device.cpu(),
                        Preset.NANO.vit(),
                        Preset.NANO.qformer(),
                        Preset.NANO.llama(),
                        false);
        backbone.loader(ComputePrecision.FP32, false, (key, bytes) -> {})
                .load(
                        backbone.llama(),
                        new RandomWeights(3).source(RandomWeights.tensors(backbone.llama())),
                        "test");
        generator = new Generator(backbone.llama(), tokenizer);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
        backbone.close();
    }

    private static Generation generate(GenerationSettings.Builder settings, TokenListener listener)
            throws InterruptedException {
        try (NDManager manager = backbone.manager().newSubManager()) {
            return generator.generate(prompt(manager), settings.build(), listener);
        }
    }

    private static NDArray prompt(NDManager manager) {
        long[] ids = Arrays.stream(tokenizer.encode("a red circle")).asLongStream().toArray();
        return backbone.llama().embed(manager.create(ids, new Shape(1, ids.length)));
    }

    private static GenerationSettings.Builder sampling(int beams) {
        return GenerationSettings.builder()
                .optMaxNewTokens(20)
                .optDoSample(true)
                .optTopP(0.9)
                .optNumBeams(beams);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theSameSeedDrawsTheSameTextAndAnotherSeedAnother(int beams) throws Exception {
        Generation first = generate(sampling(beams).optSeed(1), TokenListener.NONE);
        assertArrayEquals(
                first.ids(), generate(sampling(beams).optSeed(1), TokenListener.NONE).ids());
        Set<List<Integer>> texts = new HashSet<>();
        for (int seed = 0; seed < 6; seed++) {
            int[] ids = generate(sampling(beams).optSeed(seed), TokenListener.NONE).ids();
            texts.add(Arrays.stream(ids).boxed().toList());
        }
        assertTrue(texts.size() > 3, "six seeds drew only " + texts);
    }

    @Test
    void drawingFromTheBestTokenAloneIsGreedy() throws Exception {
        Generation greedy =
                generate(GenerationSettings.builder().optMaxNewTokens(20), TokenListener.NONE);
        Generation drawn = generate(sampling(1).optTopK(1).optSeed(5), TokenListener.NONE);
        assertArrayEquals(greedy.ids(), drawn.ids());
        assertNotEquals(
                Arrays.toString(greedy.ids()),
                Arrays.toString(generate(sampling(1).optSeed(5), TokenListener.NONE).ids()));
    }

    @Test
    void eachTokenIsHeardOnceAndTheTextIsThatOfTheIds() throws Exception {
        List<int[]> heard = new ArrayList<>();
        Generation generation =
                generate(GenerationSettings.builder().optMaxNewTokens(7), heard::add);
        assertEquals(generation.ids().length - 1, heard.size());
        for (int i = 0; i < heard.size(); i++) {
            assertArrayEquals(Arrays.copyOf(generation.ids(), i + 2), heard.get(i));
        }
        assertEquals(tokenizer.bosId(), generation.ids()[0]);
        assertEquals(AnswerText.of(tokenizer, generation.ids()), generation.text());
        assertFalse(generation.text().isEmpty());
        List<int[]> beams = new ArrayList<>();
        Generation best =
                generate(
                        GenerationSettings.builder().optMaxNewTokens(7).optNumBeams(2), beams::add);
        assertEquals(1, beams.size());
        assertArrayEquals(best.ids(), beams.get(0));
    }

    @Test
    void aListenerThatHasHeardEnoughEndsItWithWhatThereIs() throws Exception {
        List<int[]> heard = new ArrayList<>();
        Generation whole =
                generate(GenerationSettings.builder().optMaxNewTokens(20), TokenListener.NONE);
        Generation cut =
                generate(
                        GenerationSettings.builder().optMaxNewTokens(20),
                        ids -> heard.add(ids) && heard.size() < 3);
        assertEquals(3, heard.size());
        assertArrayEquals(Arrays.copyOf(whole.ids(), 4), cut.ids());
        assertEquals(AnswerText.of(tokenizer, cut.ids()), cut.text());
    }

    @Test
    void anInterruptEndsItBehindTheToken() {
        List<int[]> heard = new ArrayList<>();
        assertThrows(
                InterruptedException.class,
                () ->
                        generate(
                                GenerationSettings.builder().optMaxNewTokens(200),
                                ids -> {
                                    heard.add(ids);
                                    if (heard.size() == 3) {
                                        Thread.currentThread().interrupt();
                                    }
                                    return true;
                                }));
        assertEquals(3, heard.size());
        assertFalse(Thread.interrupted(), "the interrupt is in the exception");
    }

    @Test
    void aTextThatIsLongerThanTheModelTakesIsRefusedBeforeItBegins() {
        int most = backbone.llama().dims().maxPositions();
        List<int[]> heard = new ArrayList<>();
        var refused =
                assertThrows(
                        UsageException.class,
                        () ->
                                generate(
                                        GenerationSettings.builder().optMaxNewTokens(most),
                                        heard::add));
        assertTrue(refused.getMessage().contains("" + most), refused.getMessage());
        assertEquals(0, heard.size());
    }

    @Test
    void anAnswerIsWhatStandsBetweenTheMarks() {
        assertEquals("a dog", answer("Assistant: one Assistant: a dog ###Human: and?"));
        assertEquals("", answer("### later"));
        assertEquals("a dog", answer(" a dog "));
        int[] ids = tokenizer.encode("a dog");
        int[] started = new int[ids.length + 3];
        started[0] = tokenizer.unkId();
        started[1] = tokenizer.bosId();
        System.arraycopy(ids, 0, started, 2, ids.length);
        started[ids.length + 2] = tokenizer.eosId();
        String ended = AnswerText.of(tokenizer, started);
        assertTrue(ended.startsWith("a dog") || ended.startsWith(" a dog"), ended);
        assertTrue(ended.endsWith("</s>"), "an end of sequence stays visible: " + ended);
        assertEquals("", AnswerText.of(tokenizer, new int[0]));
    }

    private static String answer(String text) {
        return AnswerText.of(tokenizer, tokenizer.encode(text));
    }

    @Test
    void stopSequencesAreTheSymbolAloneAndBehindText() {
        for (String symbol : List.of("###", "\n", "</s>")) {
            List<int[]> stops = AnswerText.stopSequences(tokenizer, symbol);
            assertFalse(stops.isEmpty());
            for (String text : List.of("a red circle", "two small squares.", "x")) {
                int[] ids = tokenizer.encode(text + symbol);
                GenerationSettings settings =
                        GenerationSettings.builder().optStopSequences(stops).build();
                assertTrue(settings.stops(ids), text + symbol);
                assertFalse(settings.stops(tokenizer.encode(text)), text);
            }
        }
    }
}
