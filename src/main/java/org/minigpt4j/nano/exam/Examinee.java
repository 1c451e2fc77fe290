package org.minigpt4j.nano.exam;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.chat.ChatTemplate;
import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.config.ModelConfig;
import org.minigpt4j.generate.AnswerText;
import org.minigpt4j.image.PictureReader;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.ComputePrecision;
import org.minigpt4j.model.KeyValueCache;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.model.kernel.Threads;
import org.minigpt4j.nano.parts.NoteTokens;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.text.Tokenizer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * A model that sits an exam: it sees each picture once, and answers many questions at a time, each
 * as {@code launch/chat} would ask it, the likeliest word after word.
 */
public final class Examinee implements AutoCloseable {

    /** Answers in one batch, and pictures: enough to fill a core, and the same on every machine. */
    private static final int ROWS = 64;

    private static final int SEEN_AT_ONCE = 32;
    private static final String END = "###";

    private final Backbone backbone;
    private final ModelFiles files;
    private MiniGpt4 model;
    private final Tokenizer tokenizer;
    private final NoteTokens notes;
    private final PictureReader pictures;
    private final Map<Long, float[]> features = new ConcurrentHashMap<>();
    private final int[] before;
    private final int end;

    /** A batch is computed by one thread, so that its result does not depend on their number. */
    private final ExecutorService threads =
            Executors.newFixedThreadPool(
                    Runtime.getRuntime().availableProcessors(),
                    task -> {
                        Thread thread =
                                new Thread(
                                        () -> {
                                            Threads.set(1);
                                            task.run();
                                        },
                                        "exam");
                        thread.setDaemon(true);
                        return thread;
                    });

    /** One thing to say: about which scene, what, and how long the answer may become. */
    record Task(long scene, String question, int longest) {}

    /** An answer, and whether it came to an end. */
    record Said(String text, boolean ended) {}

    /** Loads the frozen parts that a configuration names. */
    public Examinee(ModelConfig config, UnaryOperator<String> where) {
        tokenizer = Tokenizer.open(config.llamaModel());
        files = new ModelFiles(config, where);
        backbone = files.load(Device.cpu(), ComputePrecision.FP32, (key, bytes) -> {});
        model = new MiniGpt4(backbone);
        notes = new NoteTokens(tokenizer);
        pictures = new PictureReader(config.imageSize());
        before = tokenizer.encode(ChatTemplate.VICUNA_V0.system() + "###Human: <Img>");
        end = tokenizer.encode("a" + END)[1];
    }

    /** Takes other trained tensors. */
    private void take(TrainableValues trained) {
        boolean tuned = model.tunesQFormer();
        model.close();
        model = MiniGpt4.trained(backbone, trained);
        if (tuned || model.tunesQFormer()) {
            features.clear(); // other eyes
        }
    }

    /** Takes the projection that a run of this seed begins with. */
    public void begin(long seed) {
        take(TrainableValues.initialProjection(files.trainable(false), seed));
    }

    /** Takes what was trained, from a run's newest checkpoint or any file with a projection. */
    public void load(Path place) {
        take(TrainedTensors.completed(place, place.toString(), files));
    }

    /** Looks at pictures it has not seen yet. */
    void see(SceneWorld world, List<Long> scenes) {
        List<Long> left = scenes.stream().filter(n -> !features.containsKey(n)).toList();
        int side = backbone.vit().dims().imageSize();
        List<Runnable> batches = new ArrayList<>();
        for (int from = 0; from < left.size(); from += SEEN_AT_ONCE) {
            List<Long> some = left.subList(from, Math.min(left.size(), from + SEEN_AT_ONCE));
            batches.add(() -> see(world, some, side));
        }
        atOnce(batches);
    }

    private void see(SceneWorld world, List<Long> scenes, int side) {
        ByteBuffer pixels = ByteBuffer.allocateDirect(scenes.size() * side * side * 3);
        scenes.forEach(n -> pixels.put(pictures.read(world.jpeg(n))));
        try (NDManager manager = model.manager().newSubManager()) {
            NDArray looked = model.look(manager, pixels.flip(), scenes.size());
            float[] all;
            synchronized (this) { // what learned is for one thread at a time
                all = model.features(looked).toFloatArray();
            }
            int each = all.length / scenes.size();
            for (int i = 0; i < scenes.size(); i++) {
                features.put(scenes.get(i), Arrays.copyOfRange(all, i * each, (i + 1) * each));
            }
        }
    }

    private void atOnce(List<Runnable> batches) {
        List<CompletableFuture<Void>> running =
                batches.stream().map(batch -> CompletableFuture.runAsync(batch, threads)).toList();
        try {
            CompletableFuture.allOf(running.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /**
     * Answers all tasks.
     *
     * @param world where the scenes are from; where {@code inWords} is true their notes stand in
     *     place of the picture, which is as well as this language model can do
     */
    List<Said> say(SceneWorld world, List<Task> tasks, boolean inWords) {
        Said[] said = new Said[tasks.size()];
        int[][] after = new int[tasks.size()][];
        for (int i = 0; i < after.length; i++) {
            after[i] = tokenizer.encode("</Img> " + tasks.get(i).question() + "###Assistant:");
        }
        // Questions of like length together: so few places are padding.
        List<Integer> order =
                IntStream.range(0, after.length)
                        .boxed()
                        .sorted(
                                Comparator.<Integer>comparingInt(i -> tasks.get(i).longest())
                                        .thenComparingInt(i -> after[i].length))
                        .toList();
        List<Runnable> batches = new ArrayList<>();
        for (int from = 0; from < order.size(); ) {
            int longest = tasks.get(order.get(from)).longest();
            int to = from + 1;
            while (to < order.size()
                    && to - from < ROWS
                    && tasks.get(order.get(to)).longest() == longest) {
                to++;
            }
            List<Integer> some = order.subList(from, to);
            batches.add(() -> batch(world, tasks, some, after, inWords, said));
            from = to;
        }
        atOnce(batches);
        return List.of(said);
    }

    private void batch(
            SceneWorld world,
            List<Task> tasks,
            List<Integer> which,
            int[][] after,
            boolean inWords,
            Said[] said) {
        int rows = which.size();
        int longest = tasks.get(which.get(0)).longest();
        int length = which.stream().mapToInt(i -> after[i].length).max().orElseThrow();
        try (NDManager manager = model.manager().newSubManager()) {
            long[] prefix =
                    IntStream.concat(IntStream.of(tokenizer.bosId()), Arrays.stream(before))
                            .asLongStream()
                            .toArray();
            NDArray start =
                    backbone.llama().embed(manager.create(prefix, new Shape(1, prefix.length)));
            int queries = backbone.qformer().dims().queries();
            int beginning = prefix.length + queries;
            long[] ids = new long[rows * length];
            long[] attended = new long[rows * (beginning + length)];
            Arrays.fill(attended, 1);
            for (int row = 0; row < rows; row++) {
                int[] question = after[which.get(row)];
                int padding = length - question.length;
                int at = row * (beginning + length) + beginning;
                Arrays.fill(attended, at, at + padding, 0);
                for (int i = 0; i < question.length; i++) {
                    ids[row * length + padding + i] = question[i];
                }
            }
            NDArray asked = backbone.llama().embed(manager.create(ids, new Shape(rows, length)));
            NDArray image =
                    inWords ? words(manager, world, tasks, which) : seen(manager, tasks, which);
            int capacity = beginning + length + longest;
            KeyValueCache cache = backbone.llama().cache(manager, rows, capacity, attended);
            cache.next(start).close();
            int[] next = best(cache.next(backbone.llama().append(image, asked)), rows);
            List<List<Integer>> texts = new ArrayList<>();
            boolean[] ended = new boolean[rows];
            for (int row = 0; row < rows; row++) {
                texts.add(new ArrayList<>());
            }
            for (int n = 0; n < longest; n++) {
                boolean all = true;
                for (int row = 0; row < rows; row++) {
                    if (!ended[row]) {
                        texts.get(row).add(next[row]);
                        ended[row] = next[row] == end || next[row] == tokenizer.eosId();
                    }
                    all &= ended[row];
                }
                if (all || n + 1 == longest) {
                    break;
                }
                try (NDManager step = manager.newSubManager()) {
                    long[] last = Arrays.stream(next).asLongStream().toArray();
                    next =
                            best(
                                    cache.next(
                                            backbone.llama()
                                                    .embed(step.create(last, new Shape(rows, 1)))),
                                    rows);
                }
            }
            for (int row = 0; row < rows; row++) {
                int[] text = texts.get(row).stream().mapToInt(Integer::intValue).toArray();
                said[which.get(row)] = new Said(AnswerText.of(tokenizer, text), ended[row]);
            }
        }
    }

    private static int[] best(NDArray logits, int rows) {
        float[] all = logits.toFloatArray();
        int vocabulary = all.length / rows;
        int[] best = new int[rows];
        for (int row = 0; row < rows; row++) {
            for (int i = 1; i < vocabulary; i++) {
                if (all[row * vocabulary + i] > all[row * vocabulary + best[row]]) {
                    best[row] = i;
                }
            }
        }
        return best;
    }

    private NDArray seen(NDManager manager, List<Task> tasks, List<Integer> which) {
        var dims = backbone.qformer().dims();
        float[] all = new float[which.size() * dims.queries() * dims.width()];
        for (int row = 0; row < which.size(); row++) {
            float[] one = features.get(tasks.get(which.get(row)).scene());
            System.arraycopy(one, 0, all, row * one.length, one.length);
        }
        Shape shape = new Shape(which.size(), dims.queries(), dims.width());
        synchronized (this) { // what learned is for one thread at a time
            return model.project(manager.create(all, shape), false);
        }
    }

    private NDArray words(
            NDManager manager, SceneWorld world, List<Task> tasks, List<Integer> which) {
        long[] ids =
                which.stream()
                        .flatMapToInt(
                                i -> Arrays.stream(notes.ids(world.scene(tasks.get(i).scene()))))
                        .asLongStream()
                        .toArray();
        return backbone.llama()
                .embed(manager.create(ids, new Shape(which.size(), ids.length / which.size())));
    }

    @Override
    public void close() {
        threads.shutdown();
        model.close();
        backbone.close();
        tokenizer.close();
    }
}
