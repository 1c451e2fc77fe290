package org.minigpt4j.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.nano.scene.SceneWorld;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A round for each number of clients. */
@Timeout(120)
class ServeBenchTest {

    @Test
    void countsTheTokensOfAllClients(@TempDir Path temp) throws Exception {
        try (ChatModel model = ChatModel.open(NanoChat.config(temp), (key, bytes) -> {})) {
            Optional<byte[]> picture = Optional.of(new SceneWorld(3, 128).jpeg(0));
            JsonArray rounds =
                    new ServeBench(List.of(1, 3), 2, 5, picture).run(ChatModels.of("nano", model));
            assertEquals(2, rounds.size());
            JsonObject three = rounds.get(1).getAsJsonObject();
            assertEquals(3, three.get("clients").getAsInt());
            assertEquals(6, three.get("answers").getAsInt());
            long tokens = three.get("tokens").getAsLong();
            assertTrue(tokens >= 6 && tokens <= 30, tokens + " tokens");
            assertTrue(three.get("tokens_per_s").getAsDouble() > 0);
            assertTrue(
                    three.get("first_token_ms").getAsDouble()
                            <= three.get("slowest_first_token_ms").getAsDouble());
        }
    }
}
