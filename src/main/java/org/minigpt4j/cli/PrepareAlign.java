package org.minigpt4j.cli;

import org.minigpt4j.config.AlignConfig;
import org.minigpt4j.config.AlignMode;
import org.minigpt4j.prepare.align.AlignFault;
import org.minigpt4j.prepare.align.AlignFolderBuild;
import org.minigpt4j.prepare.align.AlignFolderCheck;
import org.minigpt4j.prepare.align.AlignFolderCheck.Finding;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Checks or builds the pairs of stage 2 and prints the results; part of {@code prepare}. */
final class PrepareAlign {

    /** Number of findings of each kind that are listed one by one. */
    private static final int TOLD = 5;

    private static final int STRIDE = 500;

    private final PrintWriter out;

    PrepareAlign(PrintWriter out) {
        this.out = out;
    }

    /** Does what the configuration says and returns the exit code. */
    int run(AlignConfig config) {
        int code = config.mode() == AlignMode.CHECK ? check(config) : build(config);
        out.flush();
        return code;
    }

    private int check(AlignConfig config) {
        Path folder = Path.of(config.folder());
        AlignFolderCheck.Result result = AlignFolderCheck.check(folder, config.expectedPairs());
        config.findings().ifPresent(file -> result.write(Path.of(file)));
        line(
                "%s: %,d pairs listed, %,d can be trained on.",
                folder, result.listed(), result.usable());
        Map<AlignFault, List<Finding>> kinds = new EnumMap<>(AlignFault.class);
        for (Finding finding : result.findings()) {
            kinds.computeIfAbsent(finding.fault(), fault -> new ArrayList<>()).add(finding);
        }
        kinds.forEach(this::tell);
        config.findings().ifPresent(file -> line("All findings: %s", file));
        line(result.isHealthy() ? "The folder is whole." : "The folder is not whole.");
        return result.isHealthy() ? 0 : 1;
    }

    private void tell(AlignFault fault, List<Finding> findings) {
        String kind = fault.isSerious() ? "FAULT" : "note";
        if (findings.get(0).id().isEmpty()) {
            line("%-7s%s", kind, findings.get(0).detail());
            return;
        }
        line("%-7s%s", kind, fault.count(findings.size()));
        for (Finding finding : findings.subList(0, Math.min(TOLD, findings.size()))) {
            line("         %s: %s", finding.id(), finding.detail());
        }
        if (findings.size() > TOLD) {
            line("         and %,d more", findings.size() - TOLD);
        }
    }

    private int build(AlignConfig config) {
        int[] told = {0};
        AlignFolderBuild.Result result =
                AlignFolderBuild.build(
                        config,
                        taken -> {
                            if (taken >= told[0] + STRIDE) {
                                told[0] = taken;
                                line("%,d of %,d pairs taken", taken, config.pairs());
                            }
                        });
        line(
                "%s: %,d of %,d candidates taken, %,d refused.",
                config.folder(), result.taken(), result.candidates(), result.refusedTotal());
        result.refused()
                .forEach(
                        (reason, pairs) ->
                                line(
                                        "       refused  %,7d  %s%s",
                                        pairs, words(reason), rule(reason)));
        result.mended()
                .forEach(
                        (mend, pairs) ->
                                line("       mended   %,7d  %s", pairs, words(mend.name())));
        if (result.taken() < config.pairs()) {
            line(
                    "The source ran out before %,d pairs were taken; refused.jsonl says why.",
                    config.pairs());
            return 1;
        }
        return 0;
    }

    /** The configuration key of the rule that refused a pair. */
    private static String rule(String reason) {
        return switch (reason.toLowerCase(Locale.ROOT)) {
            case "too_short" -> " (align.captions.min_words)";
            case "too_long" -> " (align.captions.max_words)";
            case "not_latin" -> " (align.captions.max_foreign)";
            default -> "";
        };
    }

    private static String words(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
        out.flush();
    }
}
