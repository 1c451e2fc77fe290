package org.minigpt4j.nano.exam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.chat.AnswerListener;
import org.minigpt4j.chat.Chat;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.chat.ChatSettings.Overflow;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.nano.exam.Examinee.Said;
import org.minigpt4j.nano.exam.Examinee.Task;
import org.minigpt4j.nano.scene.SceneWorld;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

class ExamineeTest {

    private static final int LONGEST = 24;

    private final SceneWorld world = new SceneWorld(7, 112);

    @TempDir Path folder;

    @Test
    void answersOfABatchAreThoseOfAChat() throws Exception {
        EvalConfig config = NanoChat.config(folder);
        List<String> questions =
                List.of("How many objects?", Exam.DESCRIBE, "What is at the top left?");
        List<Task> tasks = new ArrayList<>();
        for (long scene = 0; scene < 4; scene++) {
            for (String question : questions) {
                tasks.add(new Task(scene, question, LONGEST));
            }
        }
        List<Said> said;
        try (Examinee examinee = new Examinee(config.model(), config::where)) {
            examinee.load(config.model().ckpt().orElseThrow());
            examinee.see(world, List.of(0L, 1L, 2L, 3L));
            said = examinee.say(world, tasks, false);
        }
        ChatSettings greedy =
                new ChatSettings(
                        GenerationSettings.builder().optMaxNewTokens(LONGEST).build(),
                        ChatSettings.MAX_LENGTH,
                        Overflow.REFUSE);
        try (ChatModel model = ChatModel.open(config, (key, bytes) -> {})) {
            for (int i = 0; i < tasks.size(); i++) {
                try (Chat chat = model.newChat(model.template())) {
                    chat.conversation().show(model.see(world.jpeg(tasks.get(i).scene())));
                    chat.conversation().ask(tasks.get(i).question());
                    assertEquals(
                            chat.answer(greedy, AnswerListener.NONE).text(),
                            said.get(i).text(),
                            tasks.get(i).toString());
                }
            }
        }
    }
}
