package org.minigpt4j.prepare;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.crud.AttributeSet;

import org.minigpt4j.TestProcess;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * What of Kubernetes can be had in a process: fabric8's API server, which keeps objects and tells
 * watchers of them, and one node, which runs each executor's pod as a process on this machine. The
 * node does what the entry point of Spark's image does with the pod's environment.
 */
final class KubernetesCluster implements AutoCloseable {

    private static final Logger REQUESTS = Logger.getLogger(MockWebServer.class.getName());
    private static final String ADDRESS = "127.0.0.1";

    private final Path sparkHome;
    private final Path logs;
    private final KubernetesMockServer api =
            new KubernetesMockServer(
                    new Context(), new MockWebServer(), new HashMap<>(), new Objects(), false);
    private final ExecutorService kubelet = Executors.newSingleThreadExecutor();
    private final Map<String, Process> containers = new ConcurrentHashMap<>();
    private final KubernetesClient client;

    /**
     * Starts to serve.
     *
     * @param sparkHome what the image holds at /opt/spark
     */
    KubernetesCluster(Path sparkHome, Path logs) throws IOException {
        this.sparkHome = sparkHome;
        this.logs = logs;
        REQUESTS.setLevel(Level.WARNING);
        api.start(InetAddress.getByName(ADDRESS), 0);
        client = api.createClient();
        client.pods().inAnyNamespace().watch(new Node());
    }

    /** As {@code MASTER} names it. */
    String master() {
        return "k8s://http://" + ADDRESS + ":" + api.getPort();
    }

    /** Pods that have not been deleted. */
    List<Pod> pods() {
        return client.pods().inAnyNamespace().list().getItems();
    }

    /** How many pods' processes were started, and how many of them live. */
    int started() {
        return containers.size();
    }

    boolean running() {
        return containers.values().stream().anyMatch(Process::isAlive);
    }

    /**
     * Keeps objects; a pod is pending until a node has it, as servers say and this one does not.
     */
    private static final class Objects extends KubernetesCrudDispatcher {

        private final KubernetesSerialization json = new KubernetesSerialization();

        @Override
        public void processEvent(
                String path,
                AttributeSet pathAttributes,
                AttributeSet oldAttributes,
                GenericKubernetesResource object,
                String state) {
            boolean isNew = state != null && oldAttributes == null;
            if (isNew && object.getKind().equals("Pod")) {
                object.setAdditionalProperty("status", Map.of("phase", "Pending"));
                super.processEvent(path, pathAttributes, null, object, json.asJson(object));
            } else {
                super.processEvent(path, pathAttributes, oldAttributes, object, state);
            }
        }
    }

    private final class Node implements Watcher<Pod> {

        @Override
        public void eventReceived(Action action, Pod pod) {
            if (action == Action.DELETED) {
                kubelet.execute(() -> stop(pod));
            } else if (action == Action.ADDED) {
                kubelet.execute(() -> run(pod));
            }
        }

        @Override
        public void onClose(WatcherException cause) {}
    }

    private void run(Pod pod) {
        try {
            String name = pod.getMetadata().getName();
            Process process = start(pod);
            containers.put(name, process);
            status(pod, "Running");
            process.onExit()
                    .thenAcceptAsync(
                            ended -> status(pod, ended.exitValue() == 0 ? "Succeeded" : "Failed"),
                            kubelet);
        } catch (IOException e) {
            status(pod, "Failed");
        }
    }

    private void stop(Pod pod) {
        Process process = containers.get(pod.getMetadata().getName());
        if (process != null) {
            process.destroyForcibly();
        }
    }

    private void status(Pod pod, String phase) {
        client.pods()
                .resource(pod)
                .editStatus(
                        now ->
                                new PodBuilder(now)
                                        .editOrNewStatus()
                                        .withPhase(phase)
                                        .withPodIP(ADDRESS)
                                        .endStatus()
                                        .build());
    }

    private Process start(Pod pod) throws IOException {
        Container container = pod.getSpec().getContainers().get(0);
        if (!container.getArgs().equals(List.of("executor"))) {
            throw new IOException("the entry point knows no " + container.getArgs());
        }
        Map<String, String> env = environment(pod, container);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        TreeMap<Integer, String> options = new TreeMap<>();
        env.forEach(
                (name, value) -> {
                    if (name.startsWith("SPARK_JAVA_OPT_")) {
                        options.put(Integer.parseInt(name.substring(15)), value);
                    }
                });
        command.addAll(options.values());
        command.add("-Xms" + env.get("SPARK_EXECUTOR_MEMORY"));
        command.add("-Xmx" + env.get("SPARK_EXECUTOR_MEMORY"));
        command.addAll(List.of("-cp", sparkHome + "/jars/*"));
        command.add("org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend");
        Map.of(
                        "--driver-url", "SPARK_DRIVER_URL",
                        "--executor-id", "SPARK_EXECUTOR_ID",
                        "--cores", "SPARK_EXECUTOR_CORES",
                        "--app-id", "SPARK_APPLICATION_ID",
                        "--hostname", "SPARK_EXECUTOR_POD_IP",
                        "--resourceProfileId", "SPARK_RESOURCE_PROFILE_ID",
                        "--podName", "SPARK_EXECUTOR_POD_NAME")
                .forEach((option, name) -> command.addAll(List.of(option, env.get(name))));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(env);
        String name = pod.getMetadata().getName();
        // In the pod this is the place of a volume.
        builder.environment().put("SPARK_LOCAL_DIRS", logs.resolve(name).toString());
        builder.directory(logs.toFile());
        builder.redirectOutput(logs.resolve(name + ".log").toFile());
        return TestProcess.server(builder);
    }

    private static Map<String, String> environment(Pod pod, Container container) {
        Map<String, String> env = new HashMap<>();
        for (EnvVar variable : container.getEnv()) {
            String value = variable.getValue();
            if (variable.getValueFrom() != null) {
                String field = variable.getValueFrom().getFieldRef().getFieldPath();
                value = field.equals("status.podIP") ? ADDRESS : pod.getMetadata().getName();
            }
            env.put(variable.getName(), value == null ? "" : value);
        }
        return env;
    }

    @Override
    public void close() {
        kubelet.shutdownNow();
        containers.values().forEach(Process::destroyForcibly);
        client.close();
        api.shutdown();
    }
}
