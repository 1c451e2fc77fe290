package org.minigpt4j.prepare;

import org.minigpt4j.config.PrepareConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Preparations as tests want them: a list, and patience with a server on a busy machine. */
public final class PrepareYaml {

    /** Says nothing. */
    static final PrepareListener QUIET =
            new PrepareListener() {
                @Override
                public void notice(String sentence) {}

                @Override
                public void progress(PrepareProgress progress) {}
            };

    private PrepareYaml() {}

    /** A configuration of one list, named {@code web}, and a server that may be asked. */
    public static PrepareConfig of(
            Path folder, Path list, String output, String server, String... options)
            throws IOException {
        Path file = folder.resolve("prepare.yaml");
        Files.writeString(
                file,
                """
                prepare:
                  output: "%s"
                  samples_per_shard: 50
                  report: false
                  tracking: {uri: none}
                sources:
                  web:
                    path: "%s"
                fetch:
                  connections: 32
                  connections_per_host: 32
                  host_patience: 0
                  connect_timeout: 60
                  first_byte_timeout: 60
                  body_timeout: 60
                  retries: 1
                  backoff: 0.05
                  max_retry_after: 1
                  max_mb: 1
                  robots_txt: false
                  allow_private: ["%s"]
                picture:
                  image_size: 32
                """
                        .formatted(output, list, server));
        return PrepareConfig.load(file, List.of(options));
    }

    static PrepareSummary run(PrepareConfig config) {
        return run(config, Map.of());
    }

    static PrepareSummary run(PrepareConfig config, Map<String, String> spark) {
        Map<String, String> options = new java.util.HashMap<>(local());
        options.putAll(spark);
        return Preparation.run(config, Optional.of("local[2]"), options, QUIET);
    }

    /** No user interface, no broadcast to others. */
    public static Map<String, String> local() {
        return Map.of(
                "spark.ui.enabled", "false",
                "spark.driver.host", "127.0.0.1",
                "spark.driver.bindAddress", "127.0.0.1",
                "spark.sql.shuffle.partitions", "4");
    }

    /** A list as BLIP's. */
    public static Path json(Path file, List<String> urls) throws IOException {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < urls.size(); i++) {
            pairs.add(
                    "{\"url\": \"%s\", \"caption\": \"picture number %d\"}"
                            .formatted(urls.get(i), i));
        }
        return Files.writeString(file, "[" + String.join(", ", pairs) + "]");
    }
}
