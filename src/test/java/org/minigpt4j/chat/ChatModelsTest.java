package org.minigpt4j.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatModels.Choice;
import org.minigpt4j.chat.ChatSettings.Overflow;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.nano.scene.SceneWorld;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

class ChatModelsTest {

    private static final ChatSettings SETTINGS =
            new ChatSettings(
                    GenerationSettings.builder().optMaxNewTokens(12).build(), 2000, Overflow.CUT);

    @TempDir Path temp;

    private static String answer(ChatModel model, ChatPicture picture) throws InterruptedException {
        try (Chat chat = model.newChat(ChatTemplate.VICUNA_V0)) {
            chat.conversation().show(picture);
            chat.conversation().ask("what is it?");
            return chat.answer(SETTINGS, AnswerListener.NONE).text();
        }
    }

    @Test
    void checkpointsShareAllButTheirProjection() throws Exception {
        EvalConfig config = NanoChat.config(temp);
        Path same = temp.resolve("projection.pth");
        Set<String> loaded = new HashSet<>();
        int[] tensors = {0};
        try (ChatModels models =
                ChatModels.open(
                        config,
                        "now",
                        List.of(
                                new Choice("before", Optional.empty()),
                                new Choice("again", Optional.of(same))),
                        (key, bytes) -> {
                            tensors[0]++;
                            loaded.add(key);
                        })) {
            assertEquals(loaded.size(), tensors[0], "no frozen tensor is loaded twice");
            assertEquals("now", models.first().name());
            assertEquals(same.toString(), models.named("again").orElseThrow().origin());
            ChatModel now = models.first().model();
            ChatModel before = models.named("before").orElseThrow().model();
            ChatModel again = models.named("again").orElseThrow().model();
            assertSame(now.tokenizer(), before.tokenizer());
            ChatPicture picture = before.see(new SceneWorld(3, 128).jpeg(1));
            assertEquals(answer(now, picture), answer(again, picture));
            assertNotEquals(answer(now, picture), answer(before, picture));
        }
    }

    @Test
    void whatCannotBeOpenedIsNamed() {
        EvalConfig config = NanoChat.config(temp);
        UsageException twice =
                assertThrows(
                        UsageException.class,
                        () ->
                                ChatModels.open(
                                        config,
                                        "now",
                                        List.of(new Choice("now", Optional.empty())),
                                        (key, bytes) -> {}));
        assertTrue(twice.getMessage().contains("now"), twice.getMessage());
        Path missing = temp.resolve("missing");
        UsageException none =
                assertThrows(
                        UsageException.class,
                        () ->
                                ChatModels.open(
                                        config,
                                        "now",
                                        List.of(new Choice("stage1", Optional.of(missing))),
                                        (key, bytes) -> {}));
        assertTrue(none.getMessage().contains("checkpoint stage1"), none.getMessage());
        assertTrue(none.getMessage().contains(missing.toString()), none.getMessage());
    }
}
