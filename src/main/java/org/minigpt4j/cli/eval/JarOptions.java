package org.minigpt4j.cli.eval;

import org.minigpt4j.eval.ForeignScorer;
import org.minigpt4j.eval.foreign.MeteorJar;
import org.minigpt4j.eval.foreign.SpiceJar;

import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Options for external programs that compute further metrics. */
final class JarOptions {

    @Option(
            names = "--meteor-jar",
            paramLabel = "FILE",
            description =
                    "METEOR's meteor-1.5.jar, with its data next to it; see docs/evaluation.md.")
    private Path meteorJar;

    @Option(
            names = "--spice-jar",
            paramLabel = "FILE",
            description = "SPICE's spice-1.0.jar, with its lib next to it; needs 8 GB of memory.")
    private Path spiceJar;

    List<ForeignScorer> scorers() {
        List<ForeignScorer> scorers = new ArrayList<>();
        if (meteorJar != null) {
            scorers.add(new MeteorJar(meteorJar));
        }
        if (spiceJar != null) {
            scorers.add(new SpiceJar(spiceJar));
        }
        return scorers;
    }
}
