package org.minigpt4j.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.generate.PlainSpeech;
import org.minigpt4j.model.Preset;
import org.minigpt4j.nano.RandomModel;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class ModelCheckTest {

    @TempDir Path temp;

    @Test
    void aModelOfRandomWeightsGuessesAndIsKnownAgain() throws Exception {
        List<String> options = new ArrayList<>(NanoChat.options(temp));
        new RandomModel(Preset.NANO, 0).write(temp.resolve("random"));
        options.add("model.llama_model=" + RandomModel.llama(temp.resolve("random")));
        ModelCheck check = ModelCheck.of(EvalConfig.load(NanoChat.FILE, options));
        assertTrue(check.warnings().get(0).contains("guesses"), check.warnings().toString());
        assertEquals(Math.log(512), check.speech().guessing(), 1e-9);
        assertTrue(check.canary().tokens().length > 0);

        Path file = temp.resolve("known.json");
        assertEquals(Optional.empty(), new KnownCanaries(file).expected(check));
        new KnownCanaries(file).remember(check);
        var known = new KnownCanaries(file);
        assertTrue(known.expected(check).isPresent());
        known.require(check);
        options.add("model.end_sym=a");
        ModelCheck other = ModelCheck.of(EvalConfig.load(NanoChat.FILE, options));
        assertEquals(check.name(), other.name(), "the files are the same");
        String text = Files.readString(file).replaceFirst("loss\":[0-9.]+", "loss\":0.5");
        Files.writeString(file, text);
        var wrong = new KnownCanaries(file);
        String message =
                assertThrows(FailedException.class, () -> wrong.require(check)).getMessage();
        assertTrue(message.contains("0.5000"), message);
        assertNotEquals(check.canary().loss(), other.canary().loss());
    }

    @Test
    void aModelThatSpeaksIsNotWarnedOf() {
        assertEquals(Optional.empty(), new PlainSpeech(2.1, 10.37).warning());
        String warning = new PlainSpeech(10.2, 10.37).warning().orElseThrow();
        assertTrue(warning.contains("10.20") && warning.contains("merge-delta"), warning);
    }
}
