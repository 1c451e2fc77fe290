package org.minigpt4j.cli;

import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.cli.option.ConfigOptions;
import org.minigpt4j.cli.option.SparkOptions;
import org.minigpt4j.cli.screen.PreparationProgress;
import org.minigpt4j.cli.screen.StopAtOnce;
import org.minigpt4j.config.AlignPrepareConfig;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.prepare.Preparation;
import org.minigpt4j.prepare.PrepareSummary;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code launch/prepare}: downloads listed pictures into shards, and prepares stage 2's folder. */
@Command(
        name = "prepare",
        description = {
            "Downloads the pictures in lists of addresses and writes them as shards for training.",
            "",
            "To continue after a stop or a kill, run the same command: finished"
                    + " shards are kept. With a larger prepare.budget or prepare.reserve it"
                    + " adds to them.",
            "",
            "With a file that has the section align, it checks a downloaded"
                    + " cc_sbu_align folder for stage 2, or builds one from your own pictures"
                    + " and captions."
        },
        footer = {
            "",
            "Example:",
            "  launch/prepare --cfg-path dataset/minigpt4_stage1.yaml \\",
            "      --options prepare.budget=100k",
            "  launch/prepare --cfg-path dataset/minigpt4_stage2.yaml \\",
            "      --options align.folder=cc_sbu_align",
            "docs/prepare.md explains how to run it on a cluster."
        })
final class PrepareCommand implements Callable<Integer> {

    @Mixin private ConfigOptions config;

    @Mixin private SparkOptions spark;

    @Spec private CommandSpec spec;

    @Override
    public Integer call() {
        var sparkOptions = spark.settings();
        if (AlignPrepareConfig.isMeantBy(config.file())) {
            AlignPrepareConfig file = AlignPrepareConfig.load(config.file(), config.overrides());
            return new PrepareAlign(spec.commandLine().getOut()).run(file.align());
        }
        PrepareConfig file = PrepareConfig.load(config.file(), config.overrides());
        try (var progress = new PreparationProgress(spec.commandLine().getOut());
                var stop = StopAtOnce.listen(progress::stopped)) {
            try {
                PrepareSummary summary =
                        Preparation.run(file, spark.master(), sparkOptions, progress);
                progress.done(summary);
                return summary.fellShort() ? 1 : 0;
            } catch (MiniGpt4Exception e) {
                if (stop.isReceived()) {
                    return stop.exitCode(); // a signal stopped Spark
                }
                throw e;
            }
        }
    }
}
