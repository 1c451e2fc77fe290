package org.minigpt4j.nano.parts;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.model.LlamaDims;
import org.minigpt4j.model.QFormerDims;
import org.minigpt4j.model.VitDims;
import org.minigpt4j.nano.NanoTokenizer;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.TrainedModel;
import org.minigpt4j.nano.scene.SceneNotes;
import org.minigpt4j.text.Tokenizer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The nano parts: their sizes, and their training one after another. */
public final class NanoParts {

    /** Sizes of the language model: 1.07 million weights. */
    public static final LlamaDims LLAMA =
            new LlamaDims(128, 5, 4, 320, NanoTokenizer.VOCAB_SIZE, 1e-6, 2048);

    /** Sizes of the image encoder. */
    public static final VitDims VIT = VitDims.of(112, 14, 96, 4, 4, 4.0);

    /** Sizes of the Q-Former: a query for each word of the notes. */
    public static final QFormerDims QFORMER =
            new QFormerDims(SceneNotes.LENGTH, 96, 4, 4, 384, 2, 96);

    private static final PartSchedule LLAMA_SCHEDULE =
            PartSchedule.of(5400, 2e-3, 200, 1200)
                    .then(2600, 1.2e-3, 60, 1200)
                    .then(1000, 1e-3, 50, 600);

    private static final PartSchedule VIT_SCHEDULE = PartSchedule.of(3200, 1e-3, 100, 1000);
    private static final PartSchedule QFORMER_SCHEDULE =
            PartSchedule.of(2000, 1.5e-3, 50, 900).then(1200, 8e-4, 40, 800);

    /** The parts in the order of their training, by the names of their folders. */
    public static final List<String> NAMES = List.of("llama", "vit", "qformer");

    private final Path folder;
    private final long seed;
    private final int shorten;

    /**
     * The training of all parts in one folder.
     *
     * @param folder each part has a folder of its own in it
     * @param shorten 1, or by how much each part's training is shorter than the shipped parts' was
     */
    public NanoParts(Path folder, long seed, int shorten) {
        this.folder = folder;
        this.seed = seed;
        this.shorten = shorten;
    }

    /**
     * Trains one part in its own folder, or continues from where it stands there.
     *
     * @param name one of {@link #NAMES}; the Q-Former needs a finished image encoder
     * @return true if it came to its end
     */
    public boolean train(String name, PartListener listener, BooleanSupplier stop) {
        try {
            NanoTokenizer.writeTo(folder.resolve("tokenizer"));
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
        try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer"))) {
            PartSchedule schedule = schedule(name);
            PartTask task =
                    switch (name) {
                        case "llama" -> new LlamaTask(LLAMA, schedule, tokenizer);
                        case "vit" -> new VitTask(VIT, schedule);
                        default -> new QFormerTask(QFORMER, VIT, schedule, vitWeights());
                    };
            return new PartTrainer(task, seed, folder.resolve(name), listener).run(stop);
        }
    }

    private PartSchedule schedule(String name) {
        PartSchedule whole =
                switch (name) {
                    case "llama" -> LLAMA_SCHEDULE;
                    case "vit" -> VIT_SCHEDULE;
                    case "qformer" -> QFORMER_SCHEDULE;
                    default -> throw new IllegalArgumentException("no part " + name);
                };
        return shorten == 1 ? whole : whole.shortened(shorten);
    }

    private PartState state(String name, PartLayout layout) {
        PartState.Plan plan = new PartState.Plan(seed, schedule(name).steps());
        return PartState.read(folder.resolve(name), layout, plan);
    }

    /** As its file keeps them: what comes after it must see what will be there later. */
    private float[] vitWeights() {
        PartState vit = state("vit", VitText.layout(VIT));
        if (vit.step() < schedule("vit").steps()) {
            throw new UsageException(
                    "%s: the image encoder is not trained to its end; the Q-Former learns on top of it (--part vit)"
                            .formatted(folder.resolve("vit")));
        }
        return vit.rounded().weights();
    }

    /**
     * Writes what the parts are now as weights that a model loads, and beside them {@code
     * parts.json}: how they were made, and the SHA-256 of each file.
     *
     * @param threads that made them
     */
    public void write(Path weights, int threads) {
        PartLayout layout = LlamaText.layout(LLAMA);
        PartState llama = state("llama", layout);
        PartState vit = state("vit", VitText.layout(VIT));
        PartState qformer = state("qformer", QFormerText.layout(QFORMER));
        PartFiles.write(RandomModel.vit(weights), VitText.layout(VIT).file(), vit.weights());
        PartFiles.write(
                RandomModel.qformer(weights),
                QFormerText.layout(QFORMER).file(),
                qformer.weights());
        PartFiles.writeLlama(RandomModel.llama(weights), LLAMA, layout, llama.weights());
        JsonObject record = new JsonObject();
        record.addProperty("command", command(threads));
        record.addProperty("seed", seed);
        JsonObject steps = new JsonObject();
        steps.addProperty("llama", llama.step());
        steps.addProperty("vit", vit.step());
        steps.addProperty("qformer", qformer.step());
        record.add("steps", steps);
        record.add("sha256", TrainedModel.hashes(weights));
        AtomicFile.writeString(
                weights.resolve(TrainedModel.RECORD),
                new GsonBuilder().setPrettyPrinting().create().toJson(record) + "\n");
    }

    private String command(int threads) {
        return "launch/nano --seed "
                + seed
                + (shorten == 1 ? "" : " --shorten " + shorten)
                + (threads == 1 ? "" : " --threads " + threads);
    }
}
