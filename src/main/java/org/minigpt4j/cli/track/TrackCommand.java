package org.minigpt4j.cli.track;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.track.RunCatalog;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** {@code launch/track}: works with recorded runs, without MLflow's UI. */
@Command(
        name = "track",
        description = {
            "Shows, compares and exports recorded runs, and sends records that could not be sent.",
            "",
            "Give a run by its identifier, its name, or the beginning of either."
        },
        subcommands = {
            TrackList.class,
            TrackShow.class,
            TrackCompare.class,
            TrackExport.class,
            TrackVerifyCurve.class,
            TrackMakeBand.class,
            TrackSync.class
        },
        synopsisSubcommandLabel = "COMMAND")
public final class TrackCommand implements Runnable {

    static final Duration DEADLINE = Duration.ofSeconds(30);

    private static final Path OUTPUT = Path.of("output");
    private static final int DEPTH = 3;

    @Spec private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name one of its commands");
    }

    /** The option that selects the store. */
    static final class StoreOption {

        @Option(
                names = "--store",
                paramLabel = "STORE",
                description =
                        "A file mlflow.db, or the http:// or https:// address of a"
                                + " server. Default: MLFLOW_TRACKING_URI, otherwise the only"
                                + " mlflow.db below output.")
        private String store;

        RunCatalog open() {
            TrackingEnvironment environment = TrackingEnvironment.ofProcess();
            String given = store == null ? environment.uri().orElse(null) : store;
            String uri = given == null ? onlyStore().toString() : given;
            if (!uri.contains(":/")) {
                Path file = Path.of(uri);
                if (!Files.isRegularFile(file)) {
                    throw new UsageException("there is no store " + file);
                }
                uri = "sqlite:///" + file.toAbsolutePath();
            }
            return new RunCatalog(uri, environment, DEADLINE);
        }

        private static Path onlyStore() {
            if (!Files.isDirectory(OUTPUT)) {
                throw new UsageException(
                        "there is no folder output here; name a store with --store");
            }
            try (Stream<Path> files = Files.find(OUTPUT, DEPTH, (file, about) -> isStore(file))) {
                List<Path> found = files.sorted().toList();
                if (found.size() != 1) {
                    throw new UsageException(
                            found.isEmpty()
                                    ? "there is no mlflow.db below output; name a store with"
                                            + " --store"
                                    : "there are several stores; name one of them with --store: "
                                            + found);
                }
                return found.get(0);
            } catch (IOException e) {
                throw new UsageException("could not read the folder output: " + e.getMessage(), e);
            }
        }

        private static boolean isStore(Path file) {
            return file.getFileName().toString().equals("mlflow.db");
        }
    }
}
