package org.minigpt4j.train.record;

import ai.djl.engine.Engine;

import org.minigpt4j.FailedException;
import org.minigpt4j.config.DatasetConfig;
import org.minigpt4j.config.ModelConfig;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.io.Sha256;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.TrainableSet;
import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.track.Provenance;
import org.minigpt4j.track.store.RunInput;
import org.minigpt4j.train.Replicas;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What a run was made from, for its record: parameters, versions, hashes. */
public final class RunFacts {

    private static final int BUFFER = 1 << 20;

    /** Number of digits, as in MLflow's digests. */
    private static final int DIGEST = 8;

    /** The columns of a sample, in MLflow's schema format. */
    private static final String COLUMNS =
            "{\"mlflow_colspec\": [{\"type\": \"binary\", \"name\": \"image\", \"required\": true},"
                    + " {\"type\": \"string\", \"name\": \"caption\", \"required\": true}]}";

    private RunFacts() {}

    /** The devices and software of a run. */
    static Map<String, String> surroundings(
            Replicas replicas, int hosts, TrainableValues trainable) {
        Map<String, String> params = new LinkedHashMap<>(Provenance.params());
        params.put("version.djl_engine", Engine.getInstance().getEngineName());
        params.put("version.pytorch", Engine.getInstance().getVersion());
        params.put("devices", replicas.devices().toString());
        params.put("hosts", "" + hosts);
        params.put("parameters.trainable", "" + trainable.set().length());
        // The Q-Former belongs to the backbone, but may be trained.
        long tuned =
                trainable.set().tensors().stream()
                        .filter(tensor -> !TrainableSet.isProjection(tensor.name()))
                        .mapToLong(TrainableTensor::length)
                        .sum();
        params.put("parameters.frozen", "" + (frozen(replicas.backbone()) - tuned));
        return params;
    }

    /** The devices and software of a run on several hosts, as far as the driver knows them. */
    public static Map<String, String> surroundings(
            String devices, int hosts, TrainableValues trainable) {
        Map<String, String> params = new LinkedHashMap<>(Provenance.params());
        params.put("devices", devices);
        params.put("hosts", "" + hosts);
        params.put("parameters.trainable", "" + trainable.set().length());
        return params;
    }

    private static long frozen(Backbone backbone) {
        return Stream.of(backbone.vit(), backbone.qformer(), backbone.llama())
                .flatMap(block -> block.getDirectParameters().values().stream())
                .mapToLong(parameter -> parameter.getShape().size())
                .sum();
    }

    /** SHA-256 of the manifest of each place of a data set that has one; several are numbered. */
    public static Map<String, String> data(Map<String, DatasetConfig> datasets) {
        Map<String, String> params = new LinkedHashMap<>();
        datasets.forEach(
                (name, dataset) -> {
                    List<String> places = dataset.buildInfo().storage();
                    for (int i = 0; i < places.size(); i++) {
                        String key =
                                "data."
                                        + name
                                        + ".manifest_sha256"
                                        + (places.size() == 1 ? "" : "." + i);
                        Optional.of(places.get(i))
                                .filter(place -> !place.contains("://"))
                                .flatMap(RunFacts::manifest)
                                .ifPresent(file -> params.put(key, sha256(List.of(file))));
                    }
                });
        return params;
    }

    /** The data sets that a run reads; held-out samples only if they are measured. */
    static List<RunInput> inputs(TrainConfig config) {
        List<RunInput> inputs = new ArrayList<>();
        config.datasets()
                .forEach(
                        (name, dataset) -> {
                            for (String place : dataset.buildInfo().storage()) {
                                inputs.add(input(name, place, "training"));
                            }
                        });
        if (!config.run().validSplits().isEmpty()) {
            config.datasets()
                    .forEach(
                            (name, dataset) ->
                                    dataset.buildInfo().valStorage().orElse(List.of()).stream()
                                            .map(place -> input(name, place, "validation"))
                                            .forEach(inputs::add));
        }
        return inputs;
    }

    /**
     * Identified by the folder's manifest and the part of it that is used; without a manifest, by
     * the place.
     */
    private static RunInput input(String name, String place, String context) {
        Sha256 hash = new Sha256();
        Optional<Path> manifest = place.contains("://") ? Optional.empty() : manifest(place);
        manifest.ifPresent(file -> hash.update(utf8(sha256(List.of(file)))));
        hash.update(utf8(manifest.isPresent() ? place.substring(folder(place).length()) : place));
        return RunInput.at(place, name, hash.hex().substring(0, DIGEST), COLUMNS, context);
    }

    private static ByteBuffer utf8(String text) {
        return StandardCharsets.UTF_8.encode(text);
    }

    /** The manifest of the folder that a place names or is in. */
    private static Optional<Path> manifest(String storage) {
        return Stream.of("manifest.json", "filter_cap.json")
                .map(Path.of(folder(storage))::resolve)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /** The part of a place before a range or a glob. */
    private static String folder(String storage) {
        int wildcard = storage.replaceAll("[{*?\\[]", "{").indexOf('{');
        return wildcard < 0
                ? storage
                : storage.substring(0, storage.lastIndexOf('/', wildcard) + 1);
    }

    /** SHA-256 of the frozen parts' files, in the order of their names; reads all of them. */
    static Map<String, String> weights(ModelConfig model) {
        Map<String, String> params = new LinkedHashMap<>();
        params.put("model.vit_weights.sha256", sha256(files(model.vitWeights())));
        model.qFormerModel()
                .filter(file -> model.hasQformer())
                .ifPresent(file -> params.put("model.q_former_model.sha256", sha256(files(file))));
        params.put("model.llama_model.sha256", sha256(files(model.llamaModel())));
        return params;
    }

    private static List<Path> files(Path place) {
        if (!Files.isDirectory(place)) {
            return List.of(place);
        }
        try (Stream<Path> entries = Files.list(place)) {
            return entries.filter(file -> file.toString().matches(".*\\.(safetensors|bin)"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new FailedException("could not list " + place + ": " + e.getMessage(), e);
        }
    }

    private static String sha256(List<Path> files) {
        Sha256 hash = new Sha256();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        for (Path file : new ArrayList<>(files)) {
            try (FileChannel channel = FileChannel.open(file)) {
                while (channel.read(buffer.clear()) >= 0) {
                    hash.update(buffer.flip());
                }
            } catch (IOException e) {
                throw new FailedException("could not read " + file + ": " + e.getMessage(), e);
            }
        }
        return hash.hex();
    }
}
