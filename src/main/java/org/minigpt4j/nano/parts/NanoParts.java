package org.minigpt4j.nano.parts;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;

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

    private NanoParts() {}

    /** The parts in the order of their training, by the names of their folders. */
    public static final List<String> NAMES = List.of("llama", "vit", "qformer");

    /**
     * Trains one part in its own folder, or continues from where it stands there.
     *
     * @param folder of all parts
     * @param name one of {@link #NAMES}; the Q-Former needs a finished image encoder
     * @return true if it came to its end
     */
    public static boolean train(
            Path folder, String name, long seed, PartListener listener, BooleanSupplier stop) {
        Path home = folder.resolve(name);
        try {
            NanoTokenizer.writeTo(folder.resolve("tokenizer"));
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
        try (Tokenizer tokenizer = Tokenizer.open(folder.resolve("tokenizer"))) {
            PartTask task =
                    switch (name) {
                        case "llama" -> new LlamaTask(LLAMA, LLAMA_SCHEDULE, tokenizer);
                        case "vit" -> new VitTask(VIT, VIT_SCHEDULE);
                        case "qformer" ->
                                new QFormerTask(
                                        QFORMER, VIT, QFORMER_SCHEDULE, vitWeights(folder, seed));
                        default -> throw new IllegalArgumentException("no part " + name);
                    };
            return new PartTrainer(task, seed, home, listener).run(stop);
        }
    }

    /** As its file keeps them: what comes after it must see what will be there later. */
    private static float[] vitWeights(Path folder, long seed) {
        PartLayout layout = VitText.layout(VIT);
        return PartState.read(folder.resolve("vit"), layout, seed).rounded().weights();
    }

    /**
     * Writes what the parts in {@code folder} are now as weights that a model loads, and beside
     * them {@code parts.json}: how they were made, and the SHA-256 of each file.
     */
    public static void write(Path folder, Path weights, long seed) {
        PartLayout vit = VitText.layout(VIT);
        PartLayout qformer = QFormerText.layout(QFORMER);
        PartLayout llama = LlamaText.layout(LLAMA);
        PartFiles.write(
                RandomModel.vit(weights),
                vit.file(),
                PartState.read(folder.resolve("vit"), vit, seed).weights());
        PartFiles.write(
                RandomModel.qformer(weights),
                qformer.file(),
                PartState.read(folder.resolve("qformer"), qformer, seed).weights());
        PartFiles.writeLlama(
                RandomModel.llama(weights),
                LLAMA,
                llama,
                PartState.read(folder.resolve("llama"), llama, seed).weights());
        JsonObject record = new JsonObject();
        record.addProperty("command", "launch/nano --seed " + seed);
        record.addProperty("seed", seed);
        JsonObject steps = new JsonObject();
        steps.addProperty("llama", PartState.read(folder.resolve("llama"), llama, seed).step());
        steps.addProperty("vit", PartState.read(folder.resolve("vit"), vit, seed).step());
        steps.addProperty(
                "qformer", PartState.read(folder.resolve("qformer"), qformer, seed).step());
        record.add("steps", steps);
        record.add("sha256", TrainedModel.hashes(weights));
        AtomicFile.writeString(
                weights.resolve(TrainedModel.RECORD),
                new GsonBuilder().setPrettyPrinting().create().toJson(record) + "\n");
    }
}
