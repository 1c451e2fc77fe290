package org.minigpt4j.cli.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.cli.Main;
import org.minigpt4j.cli.NanoFiles;
import org.minigpt4j.config.TrackingEnvironment;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.scene.SceneWorld;
import org.minigpt4j.track.RunCatalog;
import org.minigpt4j.track.store.RunStatus;
import org.minigpt4j.track.store.RunView;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A small model that was trained for a few steps answers questions and is scored. */
@TestInstance(Lifecycle.PER_CLASS)
class EvalIT {

    private static final int PICTURES = 6;

    @TempDir static Path temp;

    @BeforeAll
    void train() throws Exception {
        NanoFiles files = NanoFiles.make(temp, 24);
        run(
                0,
                files.train(
                        "one",
                        Map.of(
                                "run.max_epoch", "1",
                                "run.iters_per_epoch", "2",
                                "run.batch_size_train", "4",
                                "run.samples.count", "0")));
        SceneAlignFolder.write(new SceneWorld(0, 128), temp.resolve("align"), 900, PICTURES);
    }

    /** Arguments of an evaluation of the model into a folder. */
    private List<String> eval(String config, String out, Map<String, String> more) {
        Path weights = temp.resolve("weights");
        Map<String, String> options = new TreeMap<>();
        options.put("model.llama_model", RandomModel.llama(weights).toString());
        options.put("model.q_former_model", RandomModel.qformer(weights).toString());
        options.put("model.vit_weights", RandomModel.vit(weights).toString());
        options.put("model.ckpt", temp.resolve("one").toString());
        options.put("run.eval.data", temp.resolve("align").toString());
        options.put("run.eval.max_new_tokens", "8");
        options.putAll(more);
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "eval",
                                "--cfg-path",
                                "eval_configs/quickstart_" + config + ".yaml",
                                "--out",
                                temp.resolve(out).toString(),
                                "--options"));
        options.forEach((key, value) -> arguments.add(key + "=" + value));
        return arguments;
    }

    @Test
    void aStoppedEvaluationEndsWithTheSameFilesAndIsRecordedUnderItsRun() throws Exception {
        String said = run(0, eval("captions", "captions", Map.of()));
        assertTrue(said.contains("captions: 6 to ask on 1 device"), said);
        assertTrue(said.contains("CIDEr"), said);
        assertTrue(said.contains("METEOR not computed: no jar"), said);
        Path folder = temp.resolve("captions");
        byte[] answers = Files.readAllBytes(folder.resolve("answers.jsonl"));
        assertEquals(PICTURES, Files.readAllLines(folder.resolve("answers.jsonl")).size());
        JsonObject scores =
                JsonParser.parseString(Files.readString(folder.resolve("scores.json")))
                        .getAsJsonObject();
        assertEquals(PICTURES, scores.get("scored").getAsInt());
        String report = Files.readString(folder.resolve("report.html"));
        assertEquals(PICTURES, report.split("data:image/jpeg", -1).length - 1);

        RunView run = runOf("one");
        assertEquals(RunStatus.FINISHED, run.status());
        assertEquals(
                scores.getAsJsonObject("scores")
                        .getAsJsonObject("official")
                        .get("Bleu_1")
                        .getAsDouble(),
                run.latest().get("eval/captions/Bleu_1").value());
        assertEquals(2, run.latest().get("eval/captions/Bleu_1").step());
        String store = temp.resolve("mlflow.db").toString();
        String compared =
                run(
                        0,
                        List.of(
                                "track",
                                "compare",
                                "--store",
                                store,
                                "--out",
                                temp.resolve("compared").toString(),
                                run.id()));
        assertTrue(compared.contains("eval/captions/CIDEr"), compared);

        // As a kill in the middle of a line leaves it.
        byte[] scored = Files.readAllBytes(folder.resolve("scores.json"));
        Files.write(
                folder.resolve("answers.jsonl"), Arrays.copyOf(answers, answers.length * 2 / 3));
        Files.delete(folder.resolve("scores.json"));
        Files.delete(folder.resolve("report.html"));
        run(0, eval("captions", "captions", Map.of()));
        assertArrayEquals(answers, Files.readAllBytes(folder.resolve("answers.jsonl")));
        assertArrayEquals(scored, Files.readAllBytes(folder.resolve("scores.json")));
        assertEquals(report, Files.readString(folder.resolve("report.html")));

        // Two devices write the same file.
        run(0, eval("captions", "two", Map.of("run.devices", "cpu x 2")));
        assertArrayEquals(answers, Files.readAllBytes(temp.resolve("two/answers.jsonl")));

        String refused =
                run(2, eval("captions", "captions", Map.of("run.eval.prompt", "What is this?")));
        assertTrue(refused.contains("contains answers of another model"), refused);
    }

    @Test
    void choicesAreTheLikeliestAndObjectsYesOrNo() throws Exception {
        String key = key(0);
        Path choices = temp.resolve("aokvqa.json");
        Files.writeString(
                choices,
                """
                [{"question_id": "q1", "image_id": "%s", "question": "What is there?",
                  "choices": ["a red circle", "zzzz", "a blue square"], "correct_choice_idx": 1}]
                """
                        .formatted(key));
        Map<String, String> options = new TreeMap<>();
        options.put("run.eval.task", "a_okvqa");
        options.put("run.eval.data", choices.toString());
        options.put("run.eval.images", temp.resolve("align/image").toString());
        String said = run(0, eval("captions", "choices", options));
        assertTrue(said.contains("a_okvqa multiple choice: 1 of 1"), said);
        JsonObject answer =
                JsonParser.parseString(Files.readString(temp.resolve("choices/answers.jsonl")))
                        .getAsJsonObject();
        var likelihoods = answer.getAsJsonArray("likelihoods");
        assertEquals(3, likelihoods.size());
        double best = Double.NEGATIVE_INFINITY;
        for (var likelihood : likelihoods) {
            assertTrue(likelihood.getAsDouble() < 0, answer.toString());
            best = Math.max(best, likelihood.getAsDouble());
        }
        int chosen =
                List.of("a red circle", "zzzz", "a blue square")
                        .indexOf(answer.get("answer").getAsString());
        assertEquals(best, likelihoods.get(chosen).getAsDouble());

        Path pope = temp.resolve("pope.jsonl");
        Files.writeString(
                pope,
                """
                {"question_id": 1, "image": "%s.jpg", "text": "Is there a dog?", "label": "no"}
                {"question_id": 2, "image": "gone.jpg", "text": "Is there a cat?", "label": "no"}
                """
                        .formatted(key));
        options.put("run.eval.task", "pope");
        options.put("run.eval.data", pope.toString());
        String refused = run(2, eval("captions", "pope", options));
        assertTrue(refused.contains("1 of 2 pictures are missing"), refused);
        assertTrue(refused.contains("gone.jpg"), refused);
        options.put("run.eval.samples", "1");
        said = run(0, eval("captions", "pope", options));
        assertTrue(said.contains("pope: 1 of 2 questions scored"), said);
        assertTrue(said.contains("lmms-eval"), said);
    }

    @Test
    void longDescriptionsAreMeasured() throws Exception {
        String said = run(0, eval("describe", "describe", Map.of("run.eval.samples", "3")));
        assertTrue(said.contains("describe: 3 of 6 pictures scored"), said);
        for (String figure : List.of("failures", "repetition", "fragment", "never_ending")) {
            assertTrue(said.contains(figure), said);
        }
        assertTrue(said.contains("CHAIR not computed"), said);
        assertFalse(Files.readString(temp.resolve("describe/scores.json")).contains("CHAIR_i"));
    }

    @Test
    void askedAtTheEndOfEachEpochItTrainsTheSameBits() throws Exception {
        Map<String, String> options = new TreeMap<>();
        options.put("run.max_epoch", "2");
        options.put("run.iters_per_epoch", "2");
        options.put("run.batch_size_train", "4");
        options.put("run.samples.count", "0");
        run(0, files().train("plain", options));
        options.put("run.eval.task", "captions");
        options.put("run.eval.data", temp.resolve("align").toString());
        options.put("run.eval.format", "cc_sbu_align");
        options.put("run.eval.max_new_tokens", "4");
        options.put("run.eval.samples", "3");
        options.put("run.eval.choose_best", "True");
        options.put("run.checkpoint.keep_best", "1");
        String said = run(0, files().train("asked", options));
        assertTrue(said.contains("Best by run.eval"), said);
        for (String step : List.of("2", "4")) {
            Path folder = temp.resolve("asked/eval/step-" + step);
            assertEquals(3, Files.readAllLines(folder.resolve("answers.jsonl")).size());
            assertTrue(Files.exists(folder.resolve("scores.json")));
        }
        assertEquals(losses("plain"), losses("asked"));
        assertArrayEquals(projection("plain"), projection("asked"));
        RunView run = runOf("asked");
        assertEquals(4, run.latest().get("eval/captions/CIDEr").step());
        assertTrue(
                Files.readString(temp.resolve("asked/log.txt")).contains("eval/captions/Bleu_1"));

        options.put("run.eval.data", temp.resolve("nowhere").toString());
        assertTrue(run(2, files().train("none", options)).contains("nowhere"));
    }

    private static NanoFiles files() {
        return new NanoFiles(temp);
    }

    private static List<String> losses(String run) throws Exception {
        List<String> losses = new ArrayList<>();
        for (String line : Files.readAllLines(temp.resolve(run).resolve("metrics.jsonl"))) {
            JsonObject step = JsonParser.parseString(line).getAsJsonObject();
            losses.add(step.get("loss") + " " + step.get("grad_norm"));
        }
        assertEquals(4, losses.size());
        return losses;
    }

    private static byte[] projection(String run) throws Exception {
        Path newest = new RunFolder(temp.resolve(run)).newest().orElseThrow();
        return Files.readAllBytes(newest.resolve("state.safetensors"));
    }

    private String key(int number) throws Exception {
        return JsonParser.parseString(Files.readString(temp.resolve("align/filter_cap.json")))
                .getAsJsonObject()
                .getAsJsonArray("annotations")
                .get(number)
                .getAsJsonObject()
                .get("image_id")
                .getAsString();
    }

    private RunView runOf(String name) {
        String uri = "sqlite:///" + temp.resolve("mlflow.db").toAbsolutePath();
        try (RunCatalog catalog =
                new RunCatalog(
                        uri, TrackingEnvironment.of(Map.of(), "me"), Duration.ofSeconds(20))) {
            return catalog.run(name);
        }
    }

    private static String run(int code, List<String> arguments) {
        StringWriter printed = new StringWriter();
        CommandLine command = Main.commandLine();
        command.setOut(new PrintWriter(printed, true));
        command.setErr(new PrintWriter(printed, true));
        assertEquals(
                code,
                command.execute(arguments.toArray(String[]::new)),
                arguments + "\n" + printed);
        return printed.toString();
    }
}
