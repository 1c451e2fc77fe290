package org.minigpt4j.track;

import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;
import org.minigpt4j.track.store.RunStatus;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whatever lies in a spool: read to its end, or named as damaged; and a new entry finds place. */
class SpoolFuzzTest extends FuzzedReader {

    private static final Entry LAST = new Entry.Status(RunStatus.FINISHED, 9);

    private int runs;

    SpoolFuzzTest() {
        super("spool");
    }

    @Override
    protected FuzzTarget target() {
        return bytes -> {
            for (String file : List.of("spool-00000001.jsonl", "acknowledged.json")) {
                Path spool = Files.createDirectories(folder.resolve("spool" + runs++));
                Files.write(spool.resolve(file), bytes);
                read(spool);
            }
        };
    }

    private static void read(Path folder) throws Exception {
        try (Spool spool = Spool.open(folder)) {
            spool.append(List.of(LAST));
            Entry last = null;
            Optional<Spool.Batch> batch = spool.next();
            while (batch.isPresent()) {
                for (Entry entry : batch.get().entries()) {
                    last = entry;
                    Entry.parse(entry.line());
                }
                spool.acknowledge(batch.get());
                batch = spool.next();
            }
            if (!LAST.equals(last)) {
                throw new AssertionError("what was added last did not come last, but " + last);
            }
        } catch (DamagedSpoolException told) {
            if (told.getMessage().length() > 3_000) {
                throw new AssertionError("a message too long");
            }
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    @Override
    protected List<byte[]> seeds() {
        String lines =
                Stream.of(
                                new Entry.Points(5, 1, Map.of("loss", 1.5, "lr", Double.NaN)),
                                new Entry.Points(6, 2, Map.of("loss", -0.5)),
                                new Entry.Params(Map.of("a", "b")),
                                new Entry.Tags(Map.of("a", "\u00fc\n")),
                                new Entry.Artifact("a/b.png", "b.png"),
                                new Entry.Model("m", "model", Map.of()),
                                new Entry.Status(RunStatus.FAILED, 5))
                        .map(entry -> entry.line() + "\n")
                        .collect(Collectors.joining());
        String acknowledged =
                "{\"next\":{\"segment\":1,\"offset\":0},\"steps\":{\"loss\":3},"
                        + "\"status\":\"RUNNING\"}";
        return Stream.of(lines, acknowledged)
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    @Override
    protected List<String> dictionary() {
        return List.of(
                "null",
                "{}",
                "[]",
                "\"\"",
                "-1",
                "1e999",
                "9223372036854775807",
                "NaN",
                "\n",
                "\\ud800",
                "points ",
                "status ",
                "\"segment\":99999999999999",
                "\"RUNNING\"");
    }
}
