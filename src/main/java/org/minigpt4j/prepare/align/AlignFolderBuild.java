package org.minigpt4j.prepare.align;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.AlignConfig;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.Sha256;

import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/**
 * Makes a {@code cc_sbu_align} folder from other pictures with captions. The pairs are tried in an
 * order drawn by the seed until enough were taken; {@code refused.jsonl} has a line for each that
 * was not, {@code build.json} what came of it. The folder appears whole or not at all.
 */
public final class AlignFolderBuild {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private final AlignConfig config;
    private final Path target;
    private final Path work;
    private final DescriptionRules rules;
    private final IntConsumer progress;

    private final JsonArray annotations = new JsonArray();
    private final Map<String, Integer> reasons = new TreeMap<>();
    private final Map<DescriptionRules.Mend, Integer> mends =
            new EnumMap<>(DescriptionRules.Mend.class);
    private final Map<String, String> pictures = new HashMap<>();
    private final Map<String, String> captions = new HashMap<>();

    /**
     * What was built.
     *
     * @param candidates pairs in the source
     * @param taken pairs in the folder
     * @param refused pairs that were tried and refused, by reason
     * @param mended what was put right in the captions of the pairs taken, and in how many
     */
    public record Result(
            int candidates,
            int taken,
            Map<String, Integer> refused,
            Map<DescriptionRules.Mend, Integer> mended) {

        /** Pairs that were tried and refused. */
        public int refusedTotal() {
            return refused.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    private AlignFolderBuild(AlignConfig config, IntConsumer progress) {
        this.config = config;
        this.progress = progress;
        this.target = Path.of(config.folder()).toAbsolutePath().normalize();
        this.work = target.resolveSibling("." + target.getFileName() + ".building");
        AlignConfig.Captions asked = config.captions();
        this.rules =
                new DescriptionRules(
                        asked.minWords(),
                        asked.maxWords(),
                        asked.maxForeign(),
                        asked.cutUnfinished());
    }

    /**
     * Builds the folder that {@code config} names from its source.
     *
     * @param progress hears how many pairs were taken so far
     * @throws UsageException if the folder holds something already, or the source cannot be opened
     * @throws FailedException if no pair could be taken, or the storage fails
     */
    public static Result build(AlignConfig config, IntConsumer progress) {
        return new AlignFolderBuild(config, progress).run();
    }

    private Result run() {
        AlignConfig.Source from =
                config.source().orElseThrow(() -> new UsageException("align.source is missing."));
        try {
            refuseToOverwrite();
            remove(work);
            Files.createDirectories(work.resolve("image"));
            int candidates;
            try (PairSource source = PairSource.open(from, work.resolve("cache"));
                    Writer refusals = Files.newBufferedWriter(work.resolve("refused.jsonl"))) {
                candidates = source.size();
                choose(source, refusals);
            }
            remove(work.resolve("cache"));
            Result result = new Result(candidates, annotations.size(), reasons, mends);
            if (result.taken() == 0) {
                remove(work);
                throw new FailedException(
                        "None of the %d pairs of the source could be taken: %s."
                                .formatted(candidates, reasons));
            }
            finish(result);
            return result;
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(target, e);
        }
    }

    private void refuseToOverwrite() throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        try (Stream<Path> entries = Files.list(target)) {
            if (entries.findAny().isPresent()) {
                throw new UsageException(
                        target
                                + " is not empty; set align.folder to another folder,"
                                + " or move this one away.");
            }
        }
    }

    private void choose(PairSource source, Writer refusals) throws IOException {
        int[] order = shuffled(source.size());
        for (int i = 0; i < order.length && annotations.size() < config.pairs(); i++) {
            try {
                consider(source, order[i], refusals);
            } catch (PairSource.Unusable e) {
                refuse(refusals, source.name(order[i]), "UNUSABLE", e.getMessage());
            }
            progress.accept(annotations.size());
        }
    }

    private int[] shuffled(int size) {
        int[] order = new int[size];
        Random random = new Random(config.seed());
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    private void consider(PairSource source, int number, Writer refusals)
            throws PairSource.Unusable, IOException {
        String name = source.name(number);
        DescriptionRules.Verdict verdict = rules.judge(source.caption(number));
        if (verdict instanceof DescriptionRules.Refused refused) {
            refuse(refusals, name, refused.reason().name(), refused.detail());
            return;
        }
        DescriptionRules.Taken taken = (DescriptionRules.Taken) verdict;
        String essence = DescriptionRules.essence(taken.text());
        if (captions.containsKey(essence)) {
            refuse(
                    refusals,
                    name,
                    "DUPLICATE_CAPTION",
                    "has the caption of " + captions.get(essence));
            return;
        }
        byte[] file = source.picture(number);
        String hash = new Sha256().update(ByteBuffer.wrap(file)).hex();
        if (pictures.containsKey(hash)) {
            refuse(
                    refusals,
                    name,
                    "DUPLICATE_PICTURE",
                    "is the same file as " + pictures.get(hash));
            return;
        }
        byte[] jpeg = JpegCopy.of(file);
        captions.put(essence, name);
        pictures.put(hash, name);
        taken.mends().forEach(mend -> mends.merge(mend, 1, Integer::sum));
        String id = Integer.toString(annotations.size() + 1);
        Files.write(work.resolve("image").resolve(id + ".jpg"), jpeg);
        JsonObject annotation = new JsonObject();
        annotation.addProperty("image_id", id);
        annotation.addProperty("caption", taken.text());
        annotation.addProperty("source", name);
        annotations.add(annotation);
    }

    private void refuse(Writer refusals, String name, String reason, String detail)
            throws IOException {
        reasons.merge(reason, 1, Integer::sum);
        JsonObject line = new JsonObject();
        line.addProperty("source", name);
        line.addProperty("reason", reason);
        line.addProperty("detail", detail);
        refusals.append(GSON.toJson(line)).append('\n');
    }

    private void finish(Result result) throws IOException {
        JsonObject root = new JsonObject();
        root.add("annotations", annotations);
        AtomicFile.writeString(work.resolve("build.json"), summary(result));
        AtomicFile.writeString(work.resolve("filter_cap.json"), GSON.toJson(root));
        Files.deleteIfExists(target); // it is empty, as was seen at the start
        Files.move(work, target, StandardCopyOption.ATOMIC_MOVE);
    }

    private String summary(Result result) {
        JsonObject summary = new JsonObject();
        summary.addProperty("source", String.join(" ", config.source().orElseThrow().storage()));
        summary.addProperty("seed", config.seed());
        summary.addProperty("pairs_asked", config.pairs());
        summary.addProperty("pairs_taken", result.taken());
        summary.addProperty("candidates", result.candidates());
        summary.add("refused", GSON.toJsonTree(result.refused()));
        summary.add("mended", GSON.toJsonTree(result.mended()));
        return new GsonBuilder().setPrettyPrinting().create().toJson(summary) + "\n";
    }

    private static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> entries = Files.walk(folder)) {
            all = new ArrayList<>(entries.toList());
        }
        Collections.reverse(all);
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
