package org.minigpt4j.track.store;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The part of MLflow's REST interface that is used here, strict about what arrives: whatever real
 * servers answer with 400 is one here, and kept in {@link #complaints}. Each request meets a fault,
 * which the test chooses. Points with the same key, time, step and value are kept once, as MLflow's
 * SQL stores do, and counted.
 */
public final class StubServer implements AutoCloseable {

    /** What happens to a request. */
    public enum Fault {
        NONE,
        /** Nothing is done, and the connection breaks. */
        BROKEN,
        /** It is done, and the connection breaks before the answer. */
        LOST_ANSWER,
        /** Nothing is done; 500. */
        ERROR,
        /** It is done; 500. */
        ERROR_AFTERWARDS,
        /** Nothing is done; 429. */
        BUSY,
        /** Nothing is done, and somebody between answers 400, which is not MLflow's. */
        STRANGER,
        /** It is done, and somebody between answers 200 with a page of his own. */
        WRONG_ANSWER,
        /** No answer, and nothing is done. */
        HANG,
        /** It is done when the client has given up. */
        LATE
    }

    public static final String TOKEN = "secret";

    private static final int HISTORY_PAGE = 100;

    /** Where it says that artifacts lie. */
    public String artifactRoot = "mlflow-artifacts:";

    /** What whoever is let in says of himself. */
    String authorization = "Bearer " + TOKEN;

    private static final Gson GSON =
            new GsonBuilder().serializeSpecialFloatingPointValues().create();
    private static final String API = "/api/2.0/mlflow";
    private static final String ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts/";

    /** A run as it arrived. */
    public static final class Run {
        public final JsonObject info = new JsonObject();
        public final Map<String, String> params = new TreeMap<>();
        public final Map<String, String> tags = new TreeMap<>();
        public final Map<String, Set<Point>> metrics = new TreeMap<>();
        public final Map<String, JsonObject> inputs = new LinkedHashMap<>();

        public List<Point> history(String key) {
            return List.copyOf(metrics.getOrDefault(key, Set.of()));
        }

        public String status() {
            return info.get("status").getAsString();
        }
    }

    public final Map<String, Run> runs = new LinkedHashMap<>();
    public final Map<String, byte[]> files = new TreeMap<>();
    public final List<JsonObject> versions = new ArrayList<>();
    public final List<String> complaints = new ArrayList<>();
    public final Map<Fault, Integer> met = new TreeMap<>();
    private final Map<String, String> experiments = new LinkedHashMap<>();

    /** Names of experiments and identifiers of runs that lie in the waste bin. */
    public final Set<String> deleted = new LinkedHashSet<>();

    /** Whether it says that it restored a run, and does not. */
    public boolean staysDeleted;

    private final Set<String> models = new LinkedHashSet<>();
    private final Supplier<Fault> faults;
    private final long lateMillis;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch closed = new CountDownLatch(1);
    public int duplicates;
    public int requests;

    /** An answer of MLflow's that is an error. */
    private static final class Complaint extends Exception {
        private static final long serialVersionUID = 1L;
        private final int status;
        private final String code;

        Complaint(int status, String code, String message) {
            super(message);
            this.status = status;
            this.code = code;
        }
    }

    public StubServer(Supplier<Fault> faults, long lateMillis) throws IOException {
        this(faults, lateMillis, HttpServer.create());
    }

    /** A server over TLS that meets no faults. */
    public StubServer(HttpsConfigurator tls) throws IOException {
        this(() -> Fault.NONE, 0, over(tls));
    }

    private static HttpServer over(HttpsConfigurator tls) throws IOException {
        HttpsServer server = HttpsServer.create();
        server.setHttpsConfigurator(tls);
        return server;
    }

    private StubServer(Supplier<Fault> faults, long lateMillis, HttpServer server)
            throws IOException {
        this.faults = faults;
        this.lateMillis = lateMillis;
        this.server = server;
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public String uri() {
        String scheme = server instanceof HttpsServer ? "https" : "http";
        return scheme + "://127.0.0.1:" + server.getAddress().getPort();
    }

    public Run onlyRun() {
        if (runs.size() != 1) {
            throw new AssertionError("not one run: " + runs.keySet());
        }
        return runs.values().iterator().next();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            Fault fault;
            synchronized (this) {
                requests++;
                fault = faults.get();
                met.merge(fault, 1, Integer::sum);
            }
            switch (fault) {
                case NONE -> answer(exchange, body);
                case BROKEN -> {}
                case LOST_ANSWER -> perform(exchange, body);
                case ERROR -> send(exchange, 500, "{}");
                case ERROR_AFTERWARDS -> {
                    perform(exchange, body);
                    send(exchange, 500, "{\"error_code\": \"INTERNAL_ERROR\"}");
                }
                case BUSY -> send(exchange, 429, "{\"error_code\": \"REQUEST_LIMIT_EXCEEDED\"}");
                case STRANGER -> send(exchange, 400, "<html>Bad Request</html>");
                case WRONG_ANSWER -> {
                    perform(exchange, body);
                    send(exchange, 200, "<html>Sign in</html>");
                }
                case HANG -> closed.await(1, TimeUnit.MINUTES);
                case LATE -> {
                    closed.await(lateMillis, TimeUnit.MILLISECONDS);
                    perform(exchange, body);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(HttpExchange exchange, byte[] body) throws IOException {
        try {
            send(exchange, 200, GSON.toJson(route(exchange, body)));
        } catch (Complaint e) {
            JsonObject error = new JsonObject();
            error.addProperty("error_code", e.code);
            error.addProperty("message", e.getMessage());
            send(exchange, e.status, GSON.toJson(error));
        }
    }

    private void perform(HttpExchange exchange, byte[] body) {
        try {
            route(exchange, body);
        } catch (Complaint e) {
            return; // nobody will hear of it
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private synchronized JsonObject route(HttpExchange exchange, byte[] body) throws Complaint {
        if (!authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            throw new Complaint(401, "UNAUTHENTICATED", "who is it?");
        }
        String path = exchange.getRequestURI().getPath();
        if (path.startsWith(ARTIFACTS) && exchange.getRequestMethod().equals("PUT")) {
            files.put(path.substring(ARTIFACTS.length()), body);
            return new JsonObject();
        }
        try {
            if (exchange.getRequestMethod().equals("GET")) {
                return get(path.substring(API.length()), query(exchange));
            }
            require(body.length <= 1_000_000, "a request of " + body.length + " bytes");
            JsonObject request =
                    JsonParser.parseString(new String(body, StandardCharsets.UTF_8))
                            .getAsJsonObject();
            return post(path.substring(API.length()), request);
        } catch (Complaint e) {
            if (e.status == 400 && !e.code.equals("RESOURCE_ALREADY_EXISTS")) {
                complaints.add(path + ": " + e.getMessage());
            }
            throw e;
        }
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new LinkedHashMap<>();
        Arrays.stream(exchange.getRequestURI().getRawQuery().split("&"))
                .map(pair -> pair.split("=", 2))
                .forEach(
                        pair ->
                                query.put(
                                        pair[0],
                                        URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
        return query;
    }

    private JsonObject get(String path, Map<String, String> query) throws Complaint {
        JsonObject answer = new JsonObject();
        switch (path) {
            case "/experiments/get-by-name" -> {
                String name = query.get("experiment_name");
                if (!experiments.containsKey(name)) {
                    throw new Complaint(404, "RESOURCE_DOES_NOT_EXIST", "no experiment " + name);
                }
                answer.add("experiment", experiment(name));
            }
            case "/experiments/get" ->
                    answer.add("experiment", experiment(nameOf(query.get("experiment_id"))));
            case "/runs/get" -> {
                Run run = run(query.get("run_id"));
                run.info.addProperty(
                        "lifecycle_stage",
                        deleted.contains(query.get("run_id")) ? "deleted" : "active");
                answer.add("run", json(run));
            }
            case "/metrics/get-history" -> {
                // MLflow's SQL store gives pages of points in no order.
                List<Point> points =
                        new ArrayList<>(run(query.get("run_id")).history(query.get("metric_key")));
                Collections.shuffle(points, new Random(0));
                int from = Integer.parseInt(query.getOrDefault("page_token", "0"));
                int to = Math.min(points.size(), from + HISTORY_PAGE);
                JsonArray metrics = new JsonArray();
                points.subList(from, to).forEach(point -> metrics.add(json(point)));
                answer.add("metrics", metrics);
                if (to < points.size()) {
                    answer.addProperty("next_page_token", "" + to);
                }
            }
            case "/model-versions/search" -> {
                JsonArray found = new JsonArray();
                versions.stream()
                        .filter(
                                v ->
                                        query.get("filter")
                                                .equals(
                                                        "run_id = '"
                                                                + v.get("run_id").getAsString()
                                                                + "'"))
                        .forEach(found::add);
                answer.add("model_versions", found);
            }
            default -> throw new Complaint(404, "ENDPOINT_NOT_FOUND", path);
        }
        return answer;
    }

    private JsonObject experiment(String name) {
        JsonObject experiment = new JsonObject();
        experiment.addProperty("experiment_id", experiments.get(name));
        experiment.addProperty("name", name);
        experiment.addProperty("lifecycle_stage", deleted.contains(name) ? "deleted" : "active");
        return experiment;
    }

    private String nameOf(String experimentId) throws Complaint {
        for (var experiment : experiments.entrySet()) {
            if (experiment.getValue().equals(experimentId)) {
                return experiment.getKey();
            }
        }
        throw new Complaint(404, "RESOURCE_DOES_NOT_EXIST", "no experiment " + experimentId);
    }

    private void restoreExperiment(String id) throws Complaint {
        deleted.remove(nameOf(id));
        // MLflow restores the runs that were deleted with it.
        runs.forEach(
                (run, what) -> {
                    if (what.info.get("experiment_id").getAsString().equals(id)) {
                        deleted.remove(run);
                    }
                });
    }

    private JsonObject post(String path, JsonObject request) throws Complaint {
        JsonObject answer = new JsonObject();
        switch (path) {
            case "/experiments/create" -> {
                String name = text(request, "name");
                if (experiments.containsKey(name)) {
                    throw new Complaint(400, "RESOURCE_ALREADY_EXISTS", name);
                }
                experiments.put(name, "" + (experiments.size() + 1));
                answer.addProperty("experiment_id", experiments.get(name));
            }
            case "/experiments/search" -> {
                JsonArray found = new JsonArray();
                experiments.forEach(
                        (name, id) -> {
                            JsonObject experiment = new JsonObject();
                            experiment.addProperty("experiment_id", id);
                            experiment.addProperty("name", name);
                            found.add(experiment);
                        });
                answer.add("experiments", found);
            }
            case "/runs/create" -> answer.add("run", json(create(request)));
            case "/runs/search" -> answer.add("runs", search(request));
            case "/experiments/restore" -> restoreExperiment(text(request, "experiment_id"));
            case "/runs/restore" -> {
                String run = text(request, "run_id");
                if (!staysDeleted) {
                    deleted.remove(run);
                }
            }
            case "/runs/update" -> {
                Run run = active(text(request, "run_id"));
                run.info.add("status", request.get("status"));
                if (request.has("end_time")) {
                    run.info.add("end_time", request.get("end_time"));
                }
            }
            case "/runs/log-batch" -> logBatch(request);
            case "/runs/log-inputs" -> logInputs(request);
            case "/registered-models/create" -> {
                if (!models.add(text(request, "name"))) {
                    throw new Complaint(400, "RESOURCE_ALREADY_EXISTS", text(request, "name"));
                }
            }
            case "/model-versions/create" -> {
                require(models.contains(text(request, "name")), "no such model");
                require(text(request, "source").contains("/"), "no source");
                run(text(request, "run_id"));
                request.addProperty("version", "" + (versions.size() + 1));
                versions.add(request);
                answer.add("model_version", request);
            }
            default -> throw new Complaint(404, "ENDPOINT_NOT_FOUND", path);
        }
        return answer;
    }

    private Run create(JsonObject request) throws Complaint {
        String experiment = text(request, "experiment_id");
        require(experiments.containsValue(experiment), "no experiment " + experiment);
        require(
                !deleted.contains(nameOf(experiment)),
                "the experiment " + experiment + " must be in the 'active' state");
        require(request.get("start_time").getAsLong() > 0, "no start_time");
        Run run = new Run();
        String id = String.format(java.util.Locale.ROOT, "%032x", runs.size() + 1);
        run.info.addProperty("run_id", id);
        run.info.addProperty("run_name", text(request, "run_name"));
        run.info.addProperty("experiment_id", experiment);
        run.info.addProperty("status", "RUNNING");
        run.info.add("start_time", request.get("start_time"));
        run.info.addProperty(
                "artifact_uri", artifactRoot + "/" + experiment + "/" + id + "/artifacts");
        for (JsonElement tag : request.getAsJsonArray("tags")) {
            run.tags.put(text(tag.getAsJsonObject(), "key"), text(tag.getAsJsonObject(), "value"));
        }
        runs.put(id, run);
        return run;
    }

    private JsonArray search(JsonObject request) {
        JsonArray found = new JsonArray();
        String filter = request.has("filter") ? request.get("filter").getAsString() : "";
        for (Run run : runs.values()) {
            boolean matches =
                    filter.isEmpty()
                            || run.tags.entrySet().stream()
                                    .anyMatch(
                                            tag ->
                                                    filter.equals(
                                                            "tags.`"
                                                                    + tag.getKey()
                                                                    + "` = '"
                                                                    + tag.getValue()
                                                                    + "'"));
            if (matches && !deleted.contains(run.info.get("run_id").getAsString())) {
                found.add(json(run));
            }
        }
        return found;
    }

    private Run active(String id) throws Complaint {
        require(!deleted.contains(id), "the run " + id + " must be in the 'active' state");
        return run(id);
    }

    private void logBatch(JsonObject request) throws Complaint {
        Run run = active(text(request, "run_id"));
        JsonArray metrics = array(request, "metrics");
        JsonArray params = array(request, "params");
        JsonArray tags = array(request, "tags");
        require(metrics.size() <= 1000, metrics.size() + " metrics");
        require(params.size() <= 100, params.size() + " params");
        require(tags.size() <= 100, tags.size() + " tags");
        for (JsonElement element : params) {
            JsonObject param = element.getAsJsonObject();
            String key = name(param);
            require(text(param, "value").length() <= 6000, "a long value of " + key);
            String old = run.params.get(key);
            require(
                    old == null || old.equals(text(param, "value")),
                    "param " + key + " changed from " + old);
        }
        List<Point> points = new ArrayList<>();
        for (JsonElement element : metrics) {
            JsonObject metric = element.getAsJsonObject();
            require(metric.has("timestamp") && metric.has("value"), "no value or time");
            points.add(
                    new Point(
                            name(metric),
                            metric.get("value").getAsDouble(),
                            metric.get("timestamp").getAsLong(),
                            metric.get("step").getAsLong()));
        }
        for (JsonElement param : params) {
            run.params.put(name(param.getAsJsonObject()), text(param.getAsJsonObject(), "value"));
        }
        for (JsonElement tag : tags) {
            run.tags.put(name(tag.getAsJsonObject()), text(tag.getAsJsonObject(), "value"));
        }
        for (Point point : points) {
            if (!run.metrics
                    .computeIfAbsent(point.key(), key -> new LinkedHashSet<>())
                    .add(point)) {
                duplicates++;
            }
        }
    }

    private void logInputs(JsonObject request) throws Complaint {
        Run run = run(text(request, "run_id"));
        for (JsonElement element : array(request, "datasets")) {
            JsonObject dataset = element.getAsJsonObject().getAsJsonObject("dataset");
            require(text(dataset, "name").length() <= 500, "a long name");
            require(text(dataset, "digest").length() <= 36, "a long digest");
            require(text(dataset, "source_type").length() <= 36, "a long source_type");
            require(text(dataset, "source").length() <= 65535, "a long source");
            run.inputs.putIfAbsent(
                    text(dataset, "name") + " " + text(dataset, "digest"),
                    element.getAsJsonObject());
        }
    }

    private static JsonArray array(JsonObject request, String name) {
        return request.has(name) ? request.getAsJsonArray(name) : new JsonArray();
    }

    private static String name(JsonObject pair) throws Complaint {
        String key = text(pair, "key");
        require(key.matches("[/\\w.\\- ]{1,250}") && !key.startsWith("/"), "the name " + key);
        return key;
    }

    private static String text(JsonObject from, String field) throws Complaint {
        require(from.has(field), "no " + field);
        return from.get(field).getAsString();
    }

    private Run run(String id) throws Complaint {
        Run run = runs.get(id);
        if (run == null) {
            throw new Complaint(404, "RESOURCE_DOES_NOT_EXIST", "no run " + id);
        }
        return run;
    }

    private static void require(boolean holds, String complaint) throws Complaint {
        if (!holds) {
            throw new Complaint(400, "INVALID_PARAMETER_VALUE", complaint);
        }
    }

    private static JsonObject json(Run run) {
        JsonObject data = new JsonObject();
        JsonArray latest = new JsonArray();
        run.metrics
                .values()
                .forEach(
                        points ->
                                points.stream()
                                        .max(java.util.Comparator.comparingLong(Point::step))
                                        .ifPresent(point -> latest.add(json(point))));
        data.add("metrics", latest);
        data.add("params", pairs(run.params));
        data.add("tags", pairs(run.tags));
        JsonObject json = new JsonObject();
        json.add("info", run.info);
        json.add("data", data);
        JsonArray datasets = new JsonArray();
        run.inputs.values().forEach(datasets::add);
        JsonObject inputs = new JsonObject();
        inputs.add("dataset_inputs", datasets);
        json.add("inputs", inputs);
        return json;
    }

    private static JsonArray pairs(Map<String, String> pairs) {
        JsonArray array = new JsonArray();
        pairs.forEach(
                (key, value) -> {
                    JsonObject pair = new JsonObject();
                    pair.addProperty("key", key);
                    pair.addProperty("value", value);
                    array.add(pair);
                });
        return array;
    }

    private static JsonObject json(Point point) {
        JsonObject json = new JsonObject();
        json.addProperty("key", point.key());
        json.addProperty("value", point.value());
        json.addProperty("timestamp", point.timestamp());
        json.addProperty("step", point.step());
        return json;
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
