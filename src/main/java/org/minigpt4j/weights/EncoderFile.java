package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;

/**
 * The file of an encoder, with MiniGPT-4's tensor names. It may be EVA's or LAVIS's own file, or a
 * copy of Hugging Face's {@code Salesforce/blip2-flan-t5-xxl}; of that, only the shards with the
 * encoders must be present.
 */
public final class EncoderFile implements TensorSource {

    /** The key that identifies a BLIP-2 in Hugging Face's layout. */
    static final String MARK = "vision_model.embeddings.class_embedding";

    private static final String PROJECTION = "language_projection.weight";
    private static final long T5_XL = 2048;

    /**
     * Where one of our tensors is stored: their tensor, and which third of its rows; negative for
     * all rows.
     */
    private record Place(String key, int third) {}

    private final TensorSource source;
    private final Set<String> keys;
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

    private EncoderFile(TensorSource source, Set<String> keys) {
        this.source = source;
        this.keys = keys;
        source.tensors().forEach(this::place);
    }

    /** Opens a file, a folder or an index of shards. */
    public static TensorSource open(Path path) {
        Set<String> keys = new HashSet<>();
        TensorSource all =
                TensorFiles.open(
                        path,
                        key -> {
                            keys.add(key);
                            return !key.startsWith("language_model.");
                        });
        if (!all.tensors().containsKey(MARK)) {
            return all;
        }
        keys.addAll(all.tensors().keySet());
        return new EncoderFile(all, keys);
    }

    /** A BLIP-2 in Hugging Face's layout, from any source; {@code keys} are all its keys. */
    static EncoderFile of(TensorSource source, Set<String> keys) {
        return new EncoderFile(source, keys);
    }

    private void place(String theirs, TensorInfo info) {
        Matcher bias = HfBlip2Keys.QKV_BIAS.matcher(theirs);
        if (bias.matches() && info.shape().length == 1 && info.shape()[0] % 3 == 0) {
            String attention = "blocks." + bias.group(1) + ".attn.";
            long[] third = {info.shape()[0] / 3};
            put(new TensorInfo(attention + "q_bias", info.dtype(), third), new Place(theirs, 0));
            put(new TensorInfo(attention + "v_bias", info.dtype(), third), new Place(theirs, 2));
        }
        HfBlip2Keys.ours(theirs)
                .ifPresent(
                        key ->
                                put(
                                        new TensorInfo(key, info.dtype(), info.shape()),
                                        new Place(theirs, -1)));
    }

    private void put(TensorInfo info, Place place) {
        tensors.put(info.key(), info);
        places.put(info.key(), place);
    }

    @Override
    public Map<String, TensorInfo> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public ByteBuffer read(String key) {
        Place place = places.get(key);
        if (place == null) {
            throw new UsageException("the BLIP-2 has no tensor for %s".formatted(key));
        }
        ByteBuffer all = source.read(place.key);
        if (place.third < 0) {
            return all;
        }
        int length = all.remaining() / 3;
        requireZeros(place.key, all.slice(length, length));
        return all.slice(place.third * length, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Checks that the attention keys' bias is zero. EVA has none; a file with one is another model.
     */
    private void requireZeros(String key, ByteBuffer middle) {
        while (middle.hasRemaining()) {
            // The highest bit is the sign of zero.
            if ((middle.get() & 0x7F) != 0) {
                throw new UsageException(
                        "%s: %s gives the keys a bias, which EVA's image encoder does not have"
                                .formatted(source.fileOf(key), key));
            }
        }
    }

    @Override
    public String fileOf(String key) {
        Place place = places.get(key);
        return source.fileOf(place == null ? key : place.key);
    }

    @Override
    public void close() {
        source.close();
    }

    /**
     * If a file's Q-Former is recognisably not MiniGPT-4's, a description of it. All Q-Formers have
     * the same size; only that of flan-t5-xxl was trained with that model.
     */
    public static Optional<String> stranger(TensorSource opened) {
        return opened instanceof EncoderFile file
                ? stranger(file.keys, rows(file.source.tensors()))
                : stranger(opened.tensors().keySet(), rows(opened.tensors()));
    }

    private static long rows(Map<String, TensorInfo> tensors) {
        for (String key : Set.of(PROJECTION, "t5_proj.weight")) {
            TensorInfo info = tensors.get(key);
            if (info != null && info.shape().length == 2) {
                return info.shape()[0];
            }
        }
        return 0;
    }

    /** Like {@link #stranger(TensorSource)}, given all keys of an index. */
    static Optional<String> stranger(Collection<String> keys, long projected) {
        boolean instructed =
                keys.contains("llm_proj.weight")
                        || keys.contains("qformer.embeddings.word_embeddings.weight");
        if (instructed) {
            return Optional.of("InstructBLIP's, which also reads the instruction");
        }
        if (keys.contains("embeddings.word_embeddings.weight")) {
            return Optional.of("BLIP-2's for retrieval, trained with no language model");
        }
        if (keys.contains("opt_proj.weight")
                || keys.stream().anyMatch(key -> key.startsWith("language_model.model.decoder."))) {
            return Optional.of("BLIP-2's for OPT");
        }
        return projected == T5_XL ? Optional.of("BLIP-2's for flan-t5-xl") : Optional.empty();
    }
}
