package org.minigpt4j.chat;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.minigpt4j.FailedException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignJson;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Expected results of known weight files, stored as {@code {NAME: {"loss": LOSS, "tokens": [ID,
 * ...]}}}.
 */
public final class KnownCanaries {

    private static final long LONGEST = 16 << 20;

    /** Largest difference in loss for the same weights in different precisions. */
    private static final double SAME_LOSS = 0.05;

    private final Path file;
    private final Map<String, ForeignJson> known = new LinkedHashMap<>();

    /** Reads the file; a missing file counts as empty. */
    public KnownCanaries(Path file) {
        this.file = file;
        if (Files.exists(file)) {
            known.putAll(ForeignJson.read(file, LONGEST).members());
        }
    }

    /** The expected results for these weights as text; empty if they are unknown. */
    public Optional<String> expected(ModelCheck check) {
        return Optional.ofNullable(known.get(check.name()))
                .map(
                        json ->
                                String.format(
                                        Locale.ROOT,
                                        "loss %.4f, tokens %s",
                                        json.at("loss").number(0, 1e6),
                                        Arrays.toString(tokens(json))));
    }

    /**
     * Compares the results with the expected ones.
     *
     * @throws FailedException if other results are expected for these weights
     */
    public void require(ModelCheck check) {
        ForeignJson json = known.get(check.name());
        if (json != null
                && Math.abs(json.at("loss").number(0, 1e6) - check.canary().loss()) > SAME_LOSS) {
            throw new FailedException(
                    "these files should give %s; check the precision and this machine"
                            .formatted(expected(check).orElseThrow()));
        }
    }

    private static int[] tokens(ForeignJson json) {
        return json.at("tokens").elements().stream()
                .mapToInt(id -> id.integer(0, Integer.MAX_VALUE))
                .toArray();
    }

    /** Adds the results for these weights to the file. */
    public void remember(ModelCheck check) {
        JsonObject all = new JsonObject();
        known.forEach((name, json) -> all.add(name, json.copyObject()));
        JsonObject one = new JsonObject();
        one.addProperty("loss", check.canary().loss());
        JsonArray tokens = new JsonArray();
        for (int id : check.canary().tokens()) {
            tokens.add(id);
        }
        one.add("tokens", tokens);
        all.add(check.name(), one);
        AtomicFile.writeString(file, new Gson().toJson(all) + "\n");
    }
}
