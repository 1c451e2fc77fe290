package org.minigpt4j.track.store;

import org.minigpt4j.config.TrackingEnvironment;
import org.mlflow.api.proto.ModelRegistry;
import org.mlflow.api.proto.Service;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** An MLflow tracking server, over its REST interface. */
public final class RestStore implements TrackingStore {

    private static final String PROXIED = "mlflow-artifacts:";
    private static final int PAGE = 1000;

    private final RestTransport server;
    private final Duration deadline;
    private final Map<String, String> artifactUris = new HashMap<>();

    public RestStore(String uri, TrackingEnvironment environment, Duration deadline)
            throws UnavailableException {
        server = new RestTransport(uri, environment, deadline);
        this.deadline = deadline;
    }

    @Override
    public Optional<String> findRun(String experiment, String key)
            throws UnavailableException, RefusedException {
        Optional<Service.Experiment> known = experiment(experiment);
        if (known.isEmpty()) {
            return Optional.empty();
        }
        Service.SearchRuns search =
                Service.SearchRuns.newBuilder()
                        .addExperimentIds(known.get().getExperimentId())
                        .setFilter("tags.`" + NewRun.KEY_TAG + "` = '" + key + "'")
                        .setMaxResults(1)
                        .build();
        Service.SearchRuns.Response.Builder found =
                server.post("/runs/search", search, Service.SearchRuns.Response.newBuilder());
        if (found.getRunsCount() == 0) {
            return Optional.empty();
        }
        Service.Run run = found.getRuns(0);
        boolean asked =
                run.getData().getTagsList().stream()
                        .anyMatch(
                                tag ->
                                        tag.getKey().equals(NewRun.KEY_TAG)
                                                && tag.getValue().equals(key));
        if (!asked) {
            throw server.odd("a run that was not asked for", null);
        }
        return Optional.of(runId(run));
    }

    /** The identifier of a run, if it is one. */
    private String runId(Service.Run run) throws UnavailableException {
        String id = run.getInfo().getRunId();
        if (!ArtifactPath.isRunId(id)) {
            throw server.odd(id.isEmpty() ? "a run without run_id" : "the run_id " + id, null);
        }
        return id;
    }

    /** Of a name, if there is one, deleted or not. */
    private Optional<Service.Experiment> experiment(String name)
            throws UnavailableException, RefusedException {
        try {
            Service.Experiment found =
                    server.get(
                                    "/experiments/get-by-name",
                                    Map.of("experiment_name", name),
                                    Service.GetExperimentByName.Response.newBuilder())
                            .getExperiment();
            experimentId(found.getExperimentId());
            return Optional.of(found);
        } catch (RefusedException e) {
            if (e.isBecauseItIsMissing()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private String experimentId(String id) throws UnavailableException {
        if (!id.matches("\\w{1,64}")) {
            throw server.odd(
                    id.isEmpty()
                            ? "an experiment without experiment_id"
                            : "the experiment_id " + id,
                    null);
        }
        return id;
    }

    @Override
    public boolean isExperimentDeleted(String name) throws UnavailableException, RefusedException {
        return experiment(name).filter(found -> isDeleted(found.getLifecycleStage())).isPresent();
    }

    private static boolean isDeleted(String stage) {
        return stage.equals("deleted");
    }

    @Override
    public void restoreExperiment(String name) throws UnavailableException, RefusedException {
        Optional<Service.Experiment> found = experiment(name);
        if (found.isPresent()) {
            restore(found.get());
        }
    }

    private void restore(Service.Experiment experiment)
            throws UnavailableException, RefusedException {
        if (isDeleted(experiment.getLifecycleStage())) {
            server.post(
                    "/experiments/restore",
                    Service.RestoreExperiment.newBuilder()
                            .setExperimentId(experiment.getExperimentId())
                            .build(),
                    Service.RestoreExperiment.Response.newBuilder());
        }
    }

    /** That of a run. */
    private Service.Experiment experimentOf(String runId)
            throws UnavailableException, RefusedException {
        return server.get(
                        "/experiments/get",
                        Map.of(
                                "experiment_id",
                                experimentId(run(runId).getInfo().getExperimentId())),
                        Service.GetExperiment.Response.newBuilder())
                .getExperiment();
    }

    @Override
    public boolean isRunDeleted(String runId) throws UnavailableException, RefusedException {
        try {
            return isDeleted(run(runId).getInfo().getLifecycleStage())
                    || isDeleted(experimentOf(runId).getLifecycleStage());
        } catch (RefusedException e) {
            if (e.isBecauseItIsMissing()) {
                return true;
            }
            throw e;
        }
    }

    @Override
    public void restoreRun(String runId) throws UnavailableException, RefusedException {
        restore(experimentOf(runId));
        if (isDeleted(run(runId).getInfo().getLifecycleStage())) {
            server.post(
                    "/runs/restore",
                    Service.RestoreRun.newBuilder().setRunId(runId).build(),
                    Service.RestoreRun.Response.newBuilder());
        }
    }

    private String makeExperiment(String name) throws UnavailableException, RefusedException {
        Optional<Service.Experiment> known = experiment(name);
        if (known.isPresent()) {
            return known.get().getExperimentId();
        }
        try {
            return experimentId(
                    server.post(
                                    "/experiments/create",
                                    Service.CreateExperiment.newBuilder().setName(name).build(),
                                    Service.CreateExperiment.Response.newBuilder())
                            .getExperimentId());
        } catch (RefusedException e) {
            if (e.isBecauseItExists()) {
                // Another run made it in this moment.
                return experiment(name).orElseThrow(() -> e).getExperimentId();
            }
            throw e;
        }
    }

    @Override
    public String createRun(NewRun run) throws UnavailableException, RefusedException {
        Map<String, String> tags = new LinkedHashMap<>(run.tags());
        tags.put("mlflow.user", run.user());
        tags.put(NewRun.KEY_TAG, run.key());
        Service.CreateRun request =
                Service.CreateRun.newBuilder()
                        .setExperimentId(makeExperiment(run.experiment()))
                        .setRunName(run.name())
                        .setUserId(run.user())
                        .setStartTime(run.started())
                        .addAllTags(runTags(tags))
                        .build();
        return runId(
                server.post("/runs/create", request, Service.CreateRun.Response.newBuilder())
                        .getRun());
    }

    private static List<Service.RunTag> runTags(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(
                        tag ->
                                Service.RunTag.newBuilder()
                                        .setKey(tag.getKey())
                                        .setValue(tag.getValue())
                                        .build())
                .toList();
    }

    private Service.Run run(String runId) throws UnavailableException, RefusedException {
        Service.Run run =
                server.get(
                                "/runs/get",
                                Map.of("run_id", runId),
                                Service.GetRun.Response.newBuilder())
                        .getRun();
        if (!run.getInfo().getRunId().equals(runId)) {
            throw server.odd(
                    "the run_id " + run.getInfo().getRunId() + " in place of " + runId, null);
        }
        return run;
    }

    @Override
    public Map<String, Point> latest(String runId) throws UnavailableException, RefusedException {
        return latest(run(runId));
    }

    private static Map<String, Point> latest(Service.Run run) {
        Map<String, Point> latest = new LinkedHashMap<>();
        run.getData()
                .getMetricsList()
                .forEach(metric -> latest.put(metric.getKey(), point(metric)));
        return latest;
    }

    private static Point point(Service.Metric metric) {
        return new Point(
                metric.getKey(), metric.getValue(), metric.getTimestamp(), metric.getStep());
    }

    @Override
    public void log(String runId, List<Point> points)
            throws UnavailableException, RefusedException {
        Service.LogBatch.Builder batch = Service.LogBatch.newBuilder().setRunId(runId);
        for (Point point : points) {
            batch.addMetrics(
                    Service.Metric.newBuilder()
                            .setKey(point.key())
                            .setValue(point.value())
                            .setTimestamp(point.timestamp())
                            .setStep(point.step()));
        }
        log(batch);
    }

    @Override
    public void setParams(String runId, Map<String, String> params)
            throws UnavailableException, RefusedException {
        Service.LogBatch.Builder batch = Service.LogBatch.newBuilder().setRunId(runId);
        params.forEach(
                (key, value) ->
                        batch.addParams(Service.Param.newBuilder().setKey(key).setValue(value)));
        log(batch);
    }

    @Override
    public void setTags(String runId, Map<String, String> tags)
            throws UnavailableException, RefusedException {
        log(Service.LogBatch.newBuilder().setRunId(runId).addAllTags(runTags(tags)));
    }

    @Override
    public void addInputs(String runId, List<RunInput> inputs)
            throws UnavailableException, RefusedException {
        Service.LogInputs.Builder request = Service.LogInputs.newBuilder().setRunId(runId);
        for (RunInput input : inputs) {
            request.addDatasets(
                    Service.DatasetInput.newBuilder()
                            .setDataset(
                                    Service.Dataset.newBuilder()
                                            .setName(input.name())
                                            .setDigest(input.digest())
                                            .setSourceType(input.sourceType())
                                            .setSource(input.source())
                                            .setSchema(input.schema()))
                            .addTags(
                                    Service.InputTag.newBuilder()
                                            .setKey(RunInput.CONTEXT_TAG)
                                            .setValue(input.context())));
        }
        server.post("/runs/log-inputs", request.build(), Service.LogInputs.Response.newBuilder());
    }

    private void log(Service.LogBatch.Builder batch) throws UnavailableException, RefusedException {
        server.post("/runs/log-batch", batch.build(), Service.LogBatch.Response.newBuilder());
    }

    @Override
    public void setStatus(String runId, RunStatus status, long time)
            throws UnavailableException, RefusedException {
        Service.UpdateRun.Builder update =
                Service.UpdateRun.newBuilder()
                        .setRunId(runId)
                        .setStatus(Service.RunStatus.valueOf(status.name()));
        if (status != RunStatus.RUNNING) {
            update.setEndTime(time);
        }
        server.post("/runs/update", update.build(), Service.UpdateRun.Response.newBuilder());
    }

    @Override
    public void putArtifact(String runId, String path, Path file)
            throws UnavailableException, RefusedException {
        ArtifactPath.below(path);
        String root = artifactUri(runId);
        if (root.startsWith(PROXIED)) {
            server.put(proxied(root) + "/" + path, file);
        } else {
            ArtifactFiles.put(runId, root, path, file, deadline);
        }
    }

    /** The path after {@code mlflow-artifacts:} and an optional host. */
    private String proxied(String root) throws UnavailableException {
        try {
            String path = new URI(root).getPath();
            if (path != null && Stream.of(path.split("/")).noneMatch(".."::equals)) {
                return path;
            }
        } catch (URISyntaxException e) {
            throw server.odd("the artifact_uri " + root, e);
        }
        throw server.odd("the artifact_uri " + root, null);
    }

    private String artifactUri(String runId) throws UnavailableException, RefusedException {
        String known = artifactUris.get(runId);
        if (known == null) {
            known = run(runId).getInfo().getArtifactUri();
            if (known.isBlank()) {
                throw server.odd("a run without artifact_uri", null);
            }
            artifactUris.put(runId, known);
        }
        return known;
    }

    @Override
    public Optional<String> modelVersion(String model, String runId)
            throws UnavailableException, RefusedException {
        return server
                .get(
                        "/model-versions/search",
                        Map.of("filter", "run_id = '" + runId + "'"),
                        ModelRegistry.SearchModelVersions.Response.newBuilder())
                .getModelVersionsList()
                .stream()
                .filter(version -> version.getName().equals(model))
                .map(ModelRegistry.ModelVersion::getVersion)
                .findFirst();
    }

    @Override
    public String registerModel(
            String model, String runId, String artifact, Map<String, String> tags)
            throws UnavailableException, RefusedException {
        ArtifactPath.below(artifact);
        try {
            server.post(
                    "/registered-models/create",
                    ModelRegistry.CreateRegisteredModel.newBuilder().setName(model).build(),
                    ModelRegistry.CreateRegisteredModel.Response.newBuilder());
        } catch (RefusedException e) {
            if (!e.isBecauseItExists()) {
                throw e;
            }
        }
        ModelRegistry.CreateModelVersion.Builder version =
                ModelRegistry.CreateModelVersion.newBuilder()
                        .setName(model)
                        .setRunId(runId)
                        .setSource(artifactUri(runId) + "/" + artifact);
        tags.forEach(
                (key, value) ->
                        version.addTags(
                                ModelRegistry.ModelVersionTag.newBuilder()
                                        .setKey(key)
                                        .setValue(value)));
        String made =
                server.post(
                                "/model-versions/create",
                                version.build(),
                                ModelRegistry.CreateModelVersion.Response.newBuilder())
                        .getModelVersion()
                        .getVersion();
        if (made.isEmpty()) {
            throw server.odd("a version of a model without its number", null);
        }
        return made;
    }

    @Override
    public List<RunView> runs() throws UnavailableException, RefusedException {
        Map<String, String> experiments = new LinkedHashMap<>();
        Pages.each(
                server,
                token ->
                        server.post(
                                        "/experiments/search",
                                        Service.SearchExperiments.newBuilder()
                                                .setMaxResults(PAGE)
                                                .setPageToken(token)
                                                .build(),
                                        Service.SearchExperiments.Response.newBuilder())
                                .build(),
                Service.SearchExperiments.Response::getNextPageToken,
                page -> {
                    for (Service.Experiment found : page.getExperimentsList()) {
                        experiments.put(experimentId(found.getExperimentId()), found.getName());
                    }
                });
        List<RunView> runs = new ArrayList<>();
        Pages.each(
                server,
                token ->
                        server.post(
                                        "/runs/search",
                                        Service.SearchRuns.newBuilder()
                                                .addAllExperimentIds(experiments.keySet())
                                                .setMaxResults(PAGE)
                                                .addOrderBy("attributes.start_time DESC")
                                                .setPageToken(token)
                                                .build(),
                                        Service.SearchRuns.Response.newBuilder())
                                .build(),
                Service.SearchRuns.Response::getNextPageToken,
                page -> {
                    for (Service.Run run : page.getRunsList()) {
                        runId(run);
                        runs.add(view(run, experiments));
                    }
                });
        return runs;
    }

    private static RunView view(Service.Run run, Map<String, String> experiments) {
        Service.RunInfo info = run.getInfo();
        Map<String, String> params = new LinkedHashMap<>();
        run.getData().getParamsList().forEach(p -> params.put(p.getKey(), p.getValue()));
        Map<String, String> tags = new LinkedHashMap<>();
        run.getData().getTagsList().forEach(tag -> tags.put(tag.getKey(), tag.getValue()));
        RunStatus status =
                switch (info.getStatus()) {
                    case FINISHED -> RunStatus.FINISHED;
                    case FAILED -> RunStatus.FAILED;
                    case KILLED -> RunStatus.KILLED;
                    default -> RunStatus.RUNNING;
                };
        return new RunView(
                info.getRunId(),
                experiments.getOrDefault(info.getExperimentId(), ""),
                info.getRunName(),
                status,
                info.getStartTime(),
                info.getEndTime() > 0 ? OptionalLong.of(info.getEndTime()) : OptionalLong.empty(),
                info.getArtifactUri(),
                params,
                tags,
                inputs(run),
                latest(run));
    }

    private static List<RunInput> inputs(Service.Run run) {
        return run.getInputs().getDatasetInputsList().stream()
                .map(
                        input -> {
                            Service.Dataset dataset = input.getDataset();
                            return new RunInput(
                                    dataset.getName(),
                                    dataset.getDigest(),
                                    dataset.getSourceType(),
                                    dataset.getSource(),
                                    dataset.getSchema(),
                                    input.getTagsList().stream()
                                            .filter(t -> t.getKey().equals(RunInput.CONTEXT_TAG))
                                            .map(Service.InputTag::getValue)
                                            .findFirst()
                                            .orElse(""));
                        })
                .sorted(Comparator.comparing(RunInput::name).thenComparing(RunInput::digest))
                .toList();
    }

    @Override
    public List<Point> history(String runId, String key)
            throws UnavailableException, RefusedException {
        List<Point> points = new ArrayList<>();
        Pages.each(
                server,
                token -> {
                    Map<String, String> query = new LinkedHashMap<>();
                    query.put("run_id", runId);
                    query.put("metric_key", key);
                    query.put("max_results", "" + 25 * PAGE);
                    if (!token.isEmpty()) {
                        query.put("page_token", token);
                    }
                    return server.get(
                                    "/metrics/get-history",
                                    query,
                                    Service.GetMetricHistory.Response.newBuilder())
                            .build();
                },
                Service.GetMetricHistory.Response::getNextPageToken,
                page -> page.getMetricsList().forEach(metric -> points.add(point(metric))));
        // Servers give them in the order of their database, which is none.
        points.sort(Comparator.comparingLong(Point::step).thenComparingLong(Point::timestamp));
        return points;
    }

    @Override
    public void close() {
        artifactUris.clear();
    }
}
