package org.minigpt4j.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatSettings.Overflow;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.nano.scene.SceneWorld;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Conversations with a small random model: what it says is nonsense, and always the same. */
class ChatTest {

    private static final GenerationSettings GREEDY =
            GenerationSettings.builder().optMaxNewTokens(12).build();
    private static final ChatSettings SETTINGS = new ChatSettings(GREEDY, 2000, Overflow.CUT);

    @TempDir static Path temp;
    private static ChatModel model;
    private static ChatPicture first;
    private static ChatPicture second;

    @BeforeAll
    static void open() {
        model = ChatModel.open(NanoChat.config(temp), (key, bytes) -> {});
        SceneWorld world = new SceneWorld(3, 128);
        first = model.see(world.jpeg(0));
        second = model.see(world.jpeg(1));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    private static Answer ask(Chat chat, String question, ChatSettings settings)
            throws InterruptedException {
        chat.conversation().ask(question);
        return chat.answer(settings, AnswerListener.NONE);
    }

    @Test
    void aSecondQuestionReadsOnlyWhatIsNew() throws Exception {
        try (Chat chat = model.newChat(ChatTemplate.VICUNA_V0);
                Chat fresh = model.newChat(ChatTemplate.VICUNA_V0)) {
            chat.conversation().show(first);
            Answer one = ask(chat, "what is this?", SETTINGS);
            assertEquals(0, one.keptTokens());
            Answer two = ask(chat, "and what colour?", SETTINGS);
            assertTrue(two.keptTokens() >= one.promptTokens() - 2, two.toString());
            assertTrue(two.promptTokens() > two.keptTokens(), two.toString());

            fresh.conversation().show(first);
            fresh.conversation().ask("what is this?");
            fresh.conversation().answer(one.text());
            Answer same = ask(fresh, "and what colour?", SETTINGS);
            assertEquals(0, same.keptTokens());
            assertEquals(same.text(), two.text());
            assertEquals(same.promptTokens(), two.promptTokens());
        }
    }

    @Test
    void anAnswerTakenBackIsGivenAgain() throws Exception {
        try (Chat chat = model.newChat(ChatTemplate.VICUNA_V0)) {
            chat.conversation().show(first);
            Answer once = ask(chat, "what is this?", SETTINGS);
            chat.conversation().retractAnswer();
            Answer again = chat.answer(SETTINGS, AnswerListener.NONE);
            assertEquals(once.text(), again.text());
            assertEquals(once.promptTokens() - 1, again.keptTokens());
        }
    }

    @Test
    void anotherPictureIsReadAnew() throws Exception {
        try (Chat chat = model.newChat(ChatTemplate.VICUNA_V0);
                Chat other = model.newChat(ChatTemplate.VICUNA_V0)) {
            chat.conversation().show(first);
            Answer one = ask(chat, "what is this?", SETTINGS);
            chat.conversation().show(second);
            Answer two = ask(chat, "and this?", SETTINGS);
            assertTrue(two.keptTokens() < two.promptTokens() - model.queries(), two.toString());
            assertEquals(List.of(first, second), chat.conversation().pictures());
            other.conversation().show(second);
            assertNotEquals(one.promptTokens(), two.promptTokens());
            assertEquals(0, ask(other, "what is this?", SETTINGS).keptTokens());
        }
    }

    @Test
    void textGrowsToTheAnswerAndStopsWhenNobodyListens() throws Exception {
        try (Chat chat = model.newChat(ChatTemplate.VICUNA_V0)) {
            chat.conversation().show(first);
            chat.conversation().ask("what is this?");
            List<String> heard = new ArrayList<>();
            Answer whole = chat.answer(SETTINGS, heard::add);
            for (int i = 1; i < heard.size(); i++) {
                assertTrue(heard.get(i).startsWith(heard.get(i - 1)), heard.toString());
            }
            assertTrue(whole.text().startsWith(heard.get(heard.size() - 1)), heard.toString());
            assertEquals(whole.newTokens(), heard.size());

            chat.conversation().retractAnswer();
            List<String> few = new ArrayList<>();
            Answer cut =
                    chat.answer(
                            SETTINGS,
                            text -> {
                                few.add(text);
                                return few.size() < 3;
                            });
            assertEquals(Answer.End.CANCELLED, cut.end());
            assertEquals(3, cut.newTokens());
        }
    }

    @Test
    void beamsAnswerToo() throws Exception {
        var beams = GenerationSettings.builder().optMaxNewTokens(6).optNumBeams(3).build();
        try (Chat chat = model.newChat(ChatTemplate.VICUNA_V0)) {
            chat.conversation().show(first);
            Answer answer = ask(chat, "what is this?", new ChatSettings(beams, 2000, Overflow.CUT));
            assertTrue(answer.newTokens() > 0);
            assertEquals(0, answer.keptTokens());
        }
    }

    @Test
    void aConversationThatIsTooLongIsCutOrRefused() throws Exception {
        try (Chat chat = model.newChat(ChatTemplate.VICUNA_V0)) {
            chat.conversation().show(first);
            Answer whole = ask(chat, "what is this?", SETTINGS);
            chat.conversation().retractAnswer();
            int limit = whole.promptTokens() + GREEDY.maxNewTokens() - 5;
            Answer cut =
                    chat.answer(new ChatSettings(GREEDY, limit, Overflow.CUT), AnswerListener.NONE);
            assertEquals(whole.promptTokens() - 5, cut.promptTokens());
            assertEquals(0, cut.keptTokens());
            chat.conversation().retractAnswer();
            ChatSettings refuse = new ChatSettings(GREEDY, limit, Overflow.REFUSE);
            UsageException e =
                    assertThrows(
                            UsageException.class, () -> chat.answer(refuse, AnswerListener.NONE));
            assertTrue(e.getMessage().contains("more than the " + limit), e.getMessage());
        }
    }

    @Test
    void whatIsNoPictureIsRefused() {
        byte[] text = "hello".getBytes(StandardCharsets.UTF_8);
        assertThrows(FailedException.class, () -> model.see(text));
    }
}
