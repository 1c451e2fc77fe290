package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Files in the words of upstream's main branch. */
class MainBranchTest {

    @TempDir private Path temp;
    private Yamls yamls;

    @BeforeEach
    void setUp() {
        yamls = new Yamls(temp);
    }

    /** What both stages have there that the version before has not. */
    private String main() throws IOException {
        return yamls.minimal()
                        .replace("pretrain_vicuna\n", "pretrain_vicuna0\n  arch: minigpt4\n")
                        .replace("cc_sbu_align:\n", "cc_sbu_align:\n    batch_size: 12\n")
                        .replace("  batch_size_train: 64\n", "")
                + "  wandb_log: True\n  job_name: minigpt4_finetune\n";
    }

    @Test
    void aFileOfTheMainBranchLoadsAndEachKeyThatMovedIsTold() throws IOException {
        TrainConfig config = yamls.loadText(main());
        assertEquals("mini_gpt4", config.model().arch());
        assertEquals("pretrain_vicuna", config.model().modelType());
        assertEquals(12, config.run().batchSizeTrain());
        assertEquals(Optional.of("minigpt4_finetune"), config.run().tracking().runName());
        assertEquals(
                ImageTransform.RESIZE,
                config.datasets().get("cc_sbu_align").visProcessor().train().transform());
        assertEquals(
                List.of(
                        "my.yaml:3: model.arch: minigpt4 is called mini_gpt4 here",
                        "my.yaml:2: model.model_type: pretrain_vicuna0 is called pretrain_vicuna"
                                + " here",
                        "my.yaml:11: datasets.cc_sbu_align.vis_processor.train.name:"
                                + " blip2_image_train of upstream's main branch is"
                                + " image_transform: resize",
                        "my.yaml:9: datasets.cc_sbu_align.batch_size: is run.batch_size_train here",
                        "my.yaml:23: run.job_name: is run.tracking.run_name here",
                        "my.yaml:22: run.wandb_log: is not used; run.tracking records the run for"
                                + " MLflow"),
                config.notices().stream().map(line -> line.replace(temp + "/", "")).toList());
        assertTrue(yamls.load().notices().isEmpty(), "upstream's first version needs no word");
    }

    @Test
    void anOptionOfTheSameMeaningWins() throws IOException {
        TrainConfig config =
                yamls.loadText(
                        main(),
                        "run.batch_size_train=3",
                        "run.tracking.run_name=mine",
                        "datasets.cc_sbu_align.vis_processor.train.image_transform="
                                + "random_resized_crop");
        assertEquals(3, config.run().batchSizeTrain());
        assertEquals(Optional.of("mine"), config.run().tracking().runName());
        assertTrue(
                config.notices().stream().anyMatch(n -> n.endsWith("run.batch_size_train is 3")));
        assertEquals(
                ImageTransform.RANDOM_RESIZED_CROP,
                config.datasets().get("cc_sbu_align").visProcessor().train().transform());
    }

    @Test
    void dataSetsOfDifferentBatchSizesAreRefusedWithAdvice() throws IOException {
        String other = "    batch_size: 4\n    build_info: {storage: %s}\n".formatted(temp);
        String text =
                main().replace(
                                "run:\n",
                                "  laion:\n%s    sample_ratio: 2\nrun:\n".formatted(other));
        String mistakes = String.join("\n", yamls.mistakes(text));
        assertTrue(
                mistakes.contains(
                        "datasets.laion.batch_size: is 4 and that of a data set before is 12; set"
                                + " run.batch_size_train"),
                mistakes);
        assertEquals(
                8,
                yamls.loadText(
                                text,
                                "run.batch_size_train=8",
                                "datasets.laion.vis_processor.train.name=blip2_image_train",
                                "datasets.laion.text_processor.train.name=blip_caption")
                        .run()
                        .batchSizeTrain());
    }

    @Test
    void aTildeIsTheUsersFolder() throws IOException {
        TrainConfig config =
                yamls.load("run.output_dir=~/minigpt4j/out", "run.tracking.uri=sqlite:///~/m.db");
        Path home = Path.of(System.getProperty("user.home"));
        assertEquals(home.resolve("minigpt4j/out"), config.run().outputDir());
        assertEquals(Optional.of("sqlite:///" + home + "/m.db"), config.run().tracking().uri());
        String mistake = yamls.mistakes(yamls.minimal(), "run.output_dir=~nobody/out").get(0);
        assertTrue(mistake.contains("begins with ~ and a user's name"), mistake);
        String storage = "datasets.cc_sbu_align.build_info.storage=~/no/such/folder";
        assertTrue(
                yamls.mistakes(yamls.minimal(), storage)
                        .get(0)
                        .contains("names " + home + "/no/such/folder, which does not exist"));
    }

    @Test
    void aRelativePathSaysFromWhere() throws IOException {
        String mistake = yamls.mistakes(yamls.minimal(), "model.ckpt=no/such.pth").get(0);
        assertTrue(
                mistake.contains("does not exist in " + Path.of("").toAbsolutePath() + ";"),
                mistake);
    }
}
