package org.minigpt4j.train.run;

import ai.djl.Device;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.data.BatchLoader;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.data.order.RankShare;
import org.minigpt4j.generate.PlainSpeech;
import org.minigpt4j.model.Backbone;
import org.minigpt4j.model.MatmulCeiling;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.model.QFormerTuning;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.model.WeightLoader;
import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.train.FeatureCache;
import org.minigpt4j.train.ParallelTrain;
import org.minigpt4j.train.Replica;
import org.minigpt4j.train.Replicas;
import org.minigpt4j.train.Schedule;
import org.minigpt4j.train.Validation;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The loaded parts of a run: data, tokenizer, weights and replicas. */
public final class LoadedRun implements AutoCloseable {

    private final RunPlan plan;
    private final int microBatches;
    private final Tokenizer tokenizer;
    private final BatchLoader loader;
    private final Validation validation;
    private final Replicas replicas;
    private final OpenResources open;

    private LoadedRun(
            RunPlan plan,
            int microBatches,
            Tokenizer tokenizer,
            BatchLoader loader,
            Validation validation,
            Replicas replicas,
            OpenResources open) {
        this.plan = plan;
        this.microBatches = microBatches;
        this.tokenizer = tokenizer;
        this.loader = loader;
        this.validation = validation;
        this.replicas = replicas;
        this.open = open;
    }

    /**
     * Opens the data at the position of {@code start}, then loads the weights.
     *
     * @param settings settings of the data
     * @param loading notified of every tensor as it is loaded
     * @throws UsageException if a named file, folder or setting is not usable
     */
    public static LoadedRun open(
            RunPlan plan,
            StartingPoint start,
            BatchSettings settings,
            WeightLoader.Progress loading) {
        OpenResources open = new OpenResources();
        try {
            int queries = plan.files().qformer().queries();
            TrainableValues carried = start.state().carried();
            int devices = plan.devices().size();
            Tokenizer tokenizer = Tokenizer.open(plan.config().model().llamaModel());
            open.add(tokenizer, tokenizer::close);
            plan.files().requireRows(tokenizer);
            Optional<FeatureStore> features =
                    Features.open(plan.config(), plan.files(), carried, plan.precision());
            features.ifPresent(store -> open.add(store, store::close));
            RankShare share = new RankShare(0, 1, start.microBatches());
            BatchLoader loader =
                    BatchLoader.open(
                            settings.forRank(share, devices),
                            tokenizer,
                            queries,
                            start.state().position(),
                            features);
            open.add(loader, loader::close);
            Validation validation = Validation.of(plan.config(), queries, tokenizer, devices);
            Replicas replicas = replicas(plan, carried, FeatureCache.of(features), loading, open);
            return new LoadedRun(
                    plan, start.microBatches(), tokenizer, loader, validation, replicas, open);
        } catch (RuntimeException | Error e) {
            open.close();
            throw e;
        }
    }

    /** Messages about lost data and the causes. */
    List<String> dataNotices() {
        List<String> notices = new ArrayList<>();
        for (BatchLoader.Found found : loader.found()) {
            found.notices().forEach(what -> notices.add("data " + found.dataset() + ": " + what));
        }
        return notices;
    }

    /** One replica for each device; replicas on the same device share its frozen weights. */
    private static Replicas replicas(
            RunPlan plan,
            TrainableValues carried,
            FeatureCache features,
            WeightLoader.Progress loading,
            OpenResources open) {
        Optional<QFormerTuning> tuning = plan.tuning();
        int layers = plan.config().model().projLayers();
        Map<Device, Backbone> loaded = new LinkedHashMap<>();
        List<Replica> replicas = new ArrayList<>();
        for (Device device : plan.devices()) {
            Backbone backbone = loaded.get(device);
            if (backbone == null) {
                backbone =
                        plan.files()
                                .load(
                                        device,
                                        plan.precision(),
                                        carried,
                                        tuning.isPresent(),
                                        loading);
                loaded.put(device, open.add(backbone, backbone::close));
            }
            replicas.add(new Replica(new MiniGpt4(backbone, tuning, layers), features));
        }
        Replicas all = new Replicas(replicas, peakFlops(plan, loaded.values()));
        return open.add(all, all::close);
    }

    private static double peakFlops(RunPlan plan, Collection<Backbone> loaded) {
        Optional<Double> stated = plan.config().run().peakTflops();
        return loaded.stream()
                .mapToDouble(
                        backbone ->
                                stated.map(tflops -> tflops * 1e12)
                                        .orElseGet(
                                                () ->
                                                        MatmulCeiling.measure(
                                                                backbone, plan.precision())))
                .sum();
    }

    /** Creates a loop over this data, from a state at the same position as the data. */
    public ParallelTrain loop(Schedule schedule, TrainState state) {
        return new ParallelTrain(replicas, loader, plan.optimizing(schedule, microBatches), state)
                .optValidation(validation);
    }

    /**
     * Measures how well the language model predicts plain sentences.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public PlainSpeech speech() throws InterruptedException {
        return replicas.aside(
                model -> PlainSpeech.of(model.backbone().llama(), tokenizer, model.manager()));
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    SequenceLayout layout() {
        return SequenceLayout.of(
                tokenizer, plan.files().qformer().queries(), plan.config().model().endSym());
    }

    BatchLoader loader() {
        return loader;
    }

    Replicas replicas() {
        return replicas;
    }

    @Override
    public void close() {
        open.close();
    }
}
