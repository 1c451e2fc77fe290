package org.minigpt4j.cluster;

import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.minigpt4j.FailedException;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/**
 * Carries messages between ranks and driver over Spark's own authenticated RPC, so the driver needs
 * no port for them. Spark creates the plugin objects, one of each kind per process, and gives no
 * access to them; both ends are therefore found through static fields. Executors ask; the driver
 * answers on a single thread and must not block.
 */
public final class RankPlugin implements SparkPlugin {

    private static final AtomicReference<Function<RankWord, DriverWord>> DRIVER =
            new AtomicReference<>();
    private static final AtomicReference<PluginContext> EXECUTOR = new AtomicReference<>();

    /** Sets the function that answers ranks in this driver; null to refuse them. */
    static void answerBy(Function<RankWord, DriverWord> driver) {
        DRIVER.set(driver);
    }

    /**
     * Sends a report from an executor to the driver and returns its reply.
     *
     * @throws FailedException if the driver does not answer
     */
    public static DriverWord ask(RankWord word) {
        try {
            // Spark deserializes with a class loader that does not see our classes, so it gets
            // bytes.
            return (DriverWord) read((byte[]) EXECUTOR.get().ask(write(word)));
        } catch (Exception e) { // whatever Spark throws, checked or not
            throw new FailedException("the driver does not answer: " + e.getMessage(), e);
        }
    }

    private static byte[] write(Object object) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Object read(byte[] bytes) throws IOException, ClassNotFoundException {
        try (ObjectInputStream in =
                new ObjectInputStream(new ByteArrayInputStream(bytes)) {
                    @Override
                    protected Class<?> resolveClass(java.io.ObjectStreamClass type)
                            throws IOException, ClassNotFoundException {
                        try {
                            return Class.forName(
                                    type.getName(), false, RankPlugin.class.getClassLoader());
                        } catch (ClassNotFoundException e) {
                            return super.resolveClass(type); // a primitive type
                        }
                    }
                }) {
            return in.readObject();
        }
    }

    @Override
    public DriverPlugin driverPlugin() {
        return new DriverPlugin() {
            @Override
            public Map<String, String> init(SparkContext context, PluginContext plugin) {
                return Map.of();
            }

            @Override
            public Object receive(Object message) throws IOException, ClassNotFoundException {
                Function<RankWord, DriverWord> driver = DRIVER.get();
                if (driver == null) {
                    throw new IOException("no run is accepting reports from ranks");
                }
                return write(driver.apply((RankWord) read((byte[]) message)));
            }
        };
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new ExecutorPlugin() {
            @Override
            public void init(PluginContext context, Map<String, String> extra) {
                EXECUTOR.set(context);
            }
        };
    }
}
