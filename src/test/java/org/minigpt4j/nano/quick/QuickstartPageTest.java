package org.minigpt4j.nano.quick;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.TrainedModel;
import org.minigpt4j.nano.exam.ExamMarks;
import org.minigpt4j.nano.exam.ExamPaper;
import org.minigpt4j.nano.scene.QuestionKind;
import org.minigpt4j.nano.scene.SceneWorld;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class QuickstartPageTest {

    @TempDir Path folder;

    @Test
    void threeStatesOfAModelBecomeAPage() throws Exception {
        NanoChat.options(folder); // a projection of its own
        Path weights = folder.resolve("weights");
        TrainedModel.writeTo(weights);
        Files.createDirectories(folder.resolve("run"));
        Files.writeString(
                folder.resolve("run/metrics.jsonl"),
                "{\"step\": 1, \"loss\": 3.0}\n{\"step\": 2, \"loss\": 2.0}\n");
        Files.writeString(
                Files.createDirectories(folder.resolve("align")).resolve("filter_cap.json"),
                "{\"annotations\": []}");
        TrainConfig config =
                TrainConfig.load(
                        Path.of("train_configs/quickstart_stage1.yaml"),
                        List.of(
                                "model.llama_model=" + RandomModel.llama(weights),
                                "model.q_former_model=" + RandomModel.qformer(weights),
                                "model.vit_weights=" + RandomModel.vit(weights),
                                "datasets.scenes.build_info.storage=" + folder.resolve("align"),
                                "run.output_dir=" + folder.resolve("run")));
        ExamPaper paper = ExamPaper.set(new SceneWorld(3, 112), 0, 1, 2, 2);
        Path projection = folder.resolve("projection.pth");
        try (QuickstartExam exam = new QuickstartExam(config, paper)) {
            ExamMarks before = exam.untrained();
            ExamMarks stage1 = exam.after(projection);
            ExamMarks stage2 = exam.after(projection);
            assertEquals(stage1, stage2, "the same projection gives the same marks");
            assertEquals(QuestionKind.values().length, before.byKind().size());
            QuickstartResults results =
                    new QuickstartResults(before, stage1, stage2, exam.ceiling());
            Path page = folder.resolve("report.html");
            QuickstartPage.write(page, results, paper, exam.shown(), List.of(config, config));
            String html = Files.readString(page);
            assertEquals(3, html.split("data:image/jpeg;base64,", -1).length - 1);
            assertEquals(2, html.split("<svg ", -1).length - 1);
            assertTrue(html.contains("run.init_lr"), "the configuration");
            assertTrue(html.contains("after stage 2"), html);
            assertFalse(html.contains("src=\"http"), "it loads something");
        }
    }
}
