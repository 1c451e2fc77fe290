package org.minigpt4j.chat.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.Browser;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.ChatModels.Choice;
import org.minigpt4j.chat.NanoChat;
import org.minigpt4j.chat.server.ChatServer;
import org.minigpt4j.chat.server.ServerSettings;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The page in a real Chromium, with a small random model behind it, as a person uses it. */
@Timeout(180)
class DemoPageIT {

    private static final String IDLE =
            "document.querySelector('.answer') && !document.querySelector('.writing')";

    @TempDir static Path temp;
    private static ChatModels models;
    private static ChatServer server;
    private static Browser browser;
    private static Path scene;

    @BeforeAll
    static void open() throws IOException {
        assumeTrue(Browser.find().isPresent(), "there is no Chromium");
        models =
                ChatModels.open(
                        NanoChat.config(temp),
                        "after",
                        List.of(
                                new Choice("before", Optional.empty()),
                                new Choice("between", Optional.empty())),
                        (key, bytes) -> {});
        server = serve(8, 4, Optional.empty());
        scene = Files.write(temp.resolve("a <b>scene& 'more'.jpg"), jpeg(1));
        browser = Browser.start(Browser.find().get(), temp.resolve("profile"));
        browser.window(1280, 800, false);
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
            server.close();
            models.close();
        }
    }

    @AfterEach
    void nothingWasAskedOfOthersAndNothingComplained() {
        String own = server.address().getHost();
        for (String request : browser.requests()) {
            String host = URI.create(request.replaceFirst("^blob:", "")).getHost();
            assertEquals(own, host, request);
        }
    }

    private static byte[] jpeg(int number) {
        return new SceneWorld(3, 128).jpeg(number);
    }

    private static ChatServer serve(int waiting, int rows, Optional<String> token) {
        var limits = new ServerSettings.Limits(1 << 20, 2, 64, 3, 400, waiting, rows, 8192, 16);
        var settings = new ServerSettings("127.0.0.1", 0, token, Set.of(), limits);
        List<DemoPage.Example> examples = new ArrayList<>();
        for (int i = 1; i <= 2; i++) {
            examples.add(
                    new DemoPage.Example(
                            "Scene " + i,
                            "image/jpeg",
                            jpeg(i),
                            List.of("Which colours <i>are</i> there?", "How many?")));
        }
        return new ChatServer(
                models, settings, Optional.of(new DemoPage(examples)), System.err::println);
    }

    /** Opens the page; the bodies of its questions are kept where a test can see them. */
    private static void visit(ChatServer asked) {
        browser.open(URI.create(asked.address() + "/"));
        browser.await("document.getElementById('question')");
        browser.evaluate(
                """
                window.asked = [];
                window.real = window.fetch;
                window.fetch = (path, options) => {
                  if (options?.body) window.asked.push(JSON.parse(options.body));
                  return window.real(path, options);
                };
                true\
                """);
    }

    private static void visit() {
        visit(server);
        browser.await("!document.getElementById('question').disabled");
        set("length", "12");
    }

    private static void set(String field, String value) {
        browser.evaluate(
                """
                document.getElementById('%s').value = '%s';
                document.getElementById('%s').dispatchEvent(new Event('input', {bubbles: true}))\
                """
                        .formatted(field, value, field));
    }

    private static void ask(String question) {
        browser.evaluate("document.getElementById('question').focus()");
        browser.type(question);
        browser.press("Enter");
    }

    private static void click(String selector) {
        browser.evaluate("document.querySelector(`%s`).click()".formatted(selector));
    }

    private static String text(String selector) {
        return browser.evaluate(
                        "document.querySelector(`%s`)?.textContent ?? ''".formatted(selector))
                .getAsString();
    }

    private static int count(String selector) {
        return browser.evaluate("document.querySelectorAll(`%s`).length".formatted(selector))
                .getAsInt();
    }

    private static JsonArray asked() {
        return browser.evaluate("window.asked").getAsJsonArray();
    }

    private static JsonObject asked(int number) {
        return asked().get(number).getAsJsonObject();
    }

    private static void upload(Path file) {
        browser.choose("#file", file);
    }

    private static void uploadScene() {
        upload(scene);
        browser.await("!document.getElementById('shown').hidden");
    }

    @Test
    void aPictureAQuestionAnAnswerAndASecondTurn() {
        visit();
        set("length", "60");
        click("#repeatable");
        uploadScene();
        assertEquals("a <b>scene& 'more'.jpg", text("#shown span"));
        browser.evaluate(
                """
                window.grew = [];
                new MutationObserver(() => {
                  const text = document.querySelector('.answer .text')?.textContent ?? '';
                  if (text && text !== window.grew.at(-1)) window.grew.push(text);
                }).observe(document.getElementById('turns'), {subtree: true, childList: true,
                  characterData: true});
                true\
                """);
        ask("what is <script>this</script>?");
        browser.await(IDLE);
        assertEquals("what is <script>this</script>?", text(".asked p"));
        String first = text(".answer .text");
        assertFalse(first.isBlank());
        assertTrue(
                browser.evaluate("window.grew.length").getAsInt() > 1, "the answer came at once");
        assertTrue(
                text(".answer .stats").matches("(?s).*\\d+\u00a0tokens.*"), text(".answer .stats"));
        assertTrue(text(".answer .stats").contains("tokens/s"), text(".answer .stats"));
        browser.await(
                "document.getElementById('said').textContent.includes('%s')"
                        .formatted(
                                first.strip()
                                        .substring(0, 1)
                                        .replace("'", "\\'")
                                        .replace("\\", "\\\\")));
        browser.await("/[0-9] MB/.test(document.getElementById('facts').textContent)");

        ask("and what colour?");
        browser.await("document.querySelectorAll('.answer').length === 2 && " + IDLE);
        assertEquals(2, asked().size());
        JsonArray messages = asked(1).getAsJsonArray("messages");
        assertEquals(3, messages.size());
        JsonArray shown = messages.get(0).getAsJsonObject().getAsJsonArray("content");
        assertEquals("image_url", shown.get(0).getAsJsonObject().get("type").getAsString());
        String said = messages.get(1).getAsJsonObject().get("content").getAsString();
        assertEquals(first, ForeignText.clean(said), "sent as it was, shown without what steers");
        assertEquals(1, count(".answer button:not([hidden])[aria-label^=Regenerate]"));
        assertEquals(List.of(), browser.complaints());

        click("#new");
        assertEquals(0, count("#turns li"));
        browser.await("!document.getElementById('welcome').hidden");
    }

    @Test
    void settingsHaveTheReferencesRangesAndAreSent() {
        visit();
        for (String[] one :
                new String[][] {
                    {"beams", "1", "10", "1"}, {"temperature", "0.1", "2", "0.1"},
                }) {
            for (int i = 1; i < one.length; i++) {
                String name = List.of("min", "max", "step").get(i - 1);
                assertEquals(
                        one[i],
                        browser.evaluate("document.getElementById('%s').%s".formatted(one[0], name))
                                .getAsString());
            }
        }
        assertEquals("1", text("#beams-value"));
        assertEquals("1.0", text("#temperature-value"));
        set("beams", "3");
        set("temperature", "0.4");
        set("length", "5");
        uploadScene();
        ask("what?");
        browser.await(IDLE);
        assertEquals(3, asked(0).get("num_beams").getAsInt());
        assertEquals(0.4, asked(0).get("temperature").getAsDouble());
        assertEquals(5, asked(0).get("max_tokens").getAsInt());
        set("length", "99999");
        click("#repeatable");
        ask("again?");
        browser.await("document.querySelectorAll('.answer').length === 2");
        assertEquals(0, asked(1).get("temperature").getAsDouble());
        assertEquals(400, asked(1).get("max_tokens").getAsInt(), "the server's limit");
        click("#stop");
        browser.await(IDLE);
        click("#defaults");
        assertEquals(
                "300", browser.evaluate("document.getElementById('length').value").getAsString());
    }

    @Test
    void anAnswerIsStoppedAndGivenAnew() {
        visit();
        set("length", "400");
        uploadScene();
        browser.evaluate(
                """
                const watch = new MutationObserver(() => {
                  if (document.querySelector('.answer .text')?.textContent) {
                    watch.disconnect();
                    document.getElementById('stop').click();
                  }
                });
                watch.observe(document.getElementById('turns'), {subtree: true, childList: true,
                  characterData: true});
                true\
                """);
        ask("tell me everything");
        browser.await(IDLE);
        assertEquals("Stopped.", text(".answer .state"));
        assertTrue(
                browser.evaluate("document.getElementById('stop').hidden").getAsBoolean()
                        && !browser.evaluate("document.getElementById('send').hidden")
                                .getAsBoolean());
        String before = text(".answer .text");
        set("length", "12");
        click("[aria-label^=Regenerate]");
        browser.await("document.querySelector('.answer .stats').textContent && " + IDLE);
        assertEquals(1, count(".answer"));
        assertNotEquals(before, text(".answer .text"));
        assertFalse(asked(1).has("seed"), "drawn anew");
        assertEquals(asked(0).get("messages"), asked(1).get("messages"));
        // By keyboard.
        set("length", "400");
        ask("once more");
        browser.await("document.querySelector('.writing')");
        browser.press("Escape");
        browser.await(IDLE);
        assertTrue(text("li:last-child .state").startsWith("Stopped"));
    }

    @Test
    void checkpointsAnswerTheSameQuestionSideBySide() {
        visit();
        assertEquals(3, count("#models input[type=checkbox]"));
        assertTrue(text("#models").contains("random projection"), text("#models"));
        click("#models input[value=before]");
        uploadScene();
        ask("what is it?");
        browser.await("document.querySelectorAll('.answer').length === 2 && " + IDLE);
        assertEquals("before", text(".answer:nth-child(1) h3"));
        assertEquals("after", text(".answer:nth-child(2) h3"));
        assertNotEquals(text(".answer:nth-child(1) .text"), text(".answer:nth-child(2) .text"));
        assertEquals(asked(0).get("messages"), asked(1).get("messages"));
        assertEquals(asked(0).get("seed"), asked(1).get("seed"));
        boolean besides =
                browser.evaluate(
                                "document.querySelector('.answer:nth-child(1)')"
                                        + ".getBoundingClientRect().top ==="
                                        + " document.querySelector('.answer:nth-child(2)')"
                                        + ".getBoundingClientRect().top")
                        .getAsBoolean();
        assertTrue(besides, "they stand beside each other");
        // Each goes on with its own answer; one of them alone as well.
        click("#models input[value=after]");
        ask("and then?");
        browser.await("document.querySelectorAll('.answer').length === 3 && " + IDLE);
        assertEquals("before", asked(2).get("model").getAsString());
        String own =
                asked(2).getAsJsonArray("messages")
                        .get(1)
                        .getAsJsonObject()
                        .get("content")
                        .getAsString();
        assertTrue(text(".answer:nth-child(1) .text").startsWith(own.substring(0, 1)));
        click("#models input[value=before]");
        assertEquals(1, count("#models input:checked"), "somebody has to answer");
        assertEquals(List.of(), browser.complaints());
    }

    @Test
    void picturesArePastedDroppedAndTakenFromExamples() {
        visit();
        browser.await(
                "[...document.querySelectorAll('#examples img')].every((i) => i.naturalWidth)");
        assertEquals(2, count("#examples button"));
        click("#examples li:nth-child(2) button");
        browser.await("!document.getElementById('shown').hidden");
        assertEquals("Scene 2", text("#shown span"));
        assertEquals("Which colours <i>are</i> there?", text("#suggestions button"));
        click("#suggestions button");
        browser.await(IDLE);
        assertEquals("Which colours <i>are</i> there?", text(".asked p"));
        click("#new");
        for (String event :
                List.of(
                        "ClipboardEvent('paste', {clipboardData: data})",
                        "DragEvent('drop', {dataTransfer: data, cancelable: true})")) {
            browser.evaluate(
                    """
                    (async () => {
                      const blob = await (await window.real('/demo/examples/0')).blob();
                      const data = new DataTransfer();
                      data.items.add(new File([blob], 'mine.jpg', {type: 'image/jpeg'}));
                      document.dispatchEvent(new %s);
                      return true;
                    })()\
                    """
                            .formatted(event));
            browser.await("!document.getElementById('shown').hidden");
            assertEquals("mine.jpg", text("#shown span"));
            click("#shown button");
            browser.await("document.getElementById('shown').hidden");
        }
    }

    @Test
    void picturesThatCannotBeUsedAreToldInPlainWords() throws IOException {
        visit();
        byte[] large = new byte[2 << 20];
        upload(Files.write(temp.resolve("large.jpg"), large));
        browser.await("document.querySelector('#problem p')");
        assertTrue(text("#problem").contains("large.jpg has 2.1 MB; this server takes at most"));
        assertEquals(
                "alert", browser.evaluate("document.getElementById('problem').role").getAsString());
        upload(Files.writeString(temp.resolve("broken.png"), "no picture"));
        browser.await("document.querySelector('#problem').textContent.includes('broken.png')");
        assertTrue(text("#problem").contains("is not a picture that can be read"));
        // A browser shows it, and the server does not know the format.
        String svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
        upload(Files.writeString(temp.resolve("drawing.svg"), svg));
        browser.await("!document.getElementById('shown').hidden");
        assertEquals("", text("#problem"));
        ask("what?");
        browser.await("document.querySelector('.answer .error:not([hidden])')");
        assertTrue(text(".answer .error").startsWith("The server cannot read this picture:"));
    }

    @Test
    void aConversationThatIsTooLongOffersANewOne() {
        visit();
        set("length", "400");
        uploadScene();
        ask("word ".repeat(900));
        browser.await("document.querySelector('.answer .error:not([hidden])')");
        assertTrue(text(".answer .error").contains("too long for the model"), text(".answer"));
        click(".answer .error button");
        assertEquals(0, count("#turns li"));
    }

    @Test
    void aBusyServerIsAskedAgain() {
        try (ChatServer busy = serve(1, 1, Optional.empty())) {
            visit(busy);
            browser.await("!document.getElementById('question').disabled");
            set("length", "60");
            click("#models input[value=before]");
            click("#models input[value=between]");
            browser.evaluate(
                    """
                    window.busy = '';
                    new MutationObserver(() => {
                      for (const state of document.querySelectorAll('.state')) {
                        if (state.textContent.includes('busy')) window.busy = state.textContent;
                      }
                    }).observe(document.getElementById('turns'), {subtree: true, childList: true,
                      characterData: true});
                    true\
                    """);
            uploadScene();
            ask("what?");
            browser.await("document.querySelectorAll('.answer').length === 3 && " + IDLE);
            assertTrue(
                    browser.evaluate("window.busy").getAsString().contains("asking again in"),
                    "one had to wait");
            assertEquals(0, count(".answer .error:not([hidden])"));
            assertEquals(
                    3,
                    browser.evaluate(
                                    "[...document.querySelectorAll('.answer .text')].filter((p) =>"
                                            + " p.textContent).length")
                            .getAsInt());
        }
    }

    @Test
    void aServerThatIsGoneIsToldOf() {
        ChatServer gone = serve(8, 4, Optional.empty());
        try {
            visit(gone);
            browser.await("!document.getElementById('question').disabled");
            uploadScene();
        } finally {
            gone.close();
        }
        ask("are you there?");
        browser.await("document.querySelector('.answer .error:not([hidden])')");
        assertTrue(text(".answer .error").startsWith("The server does not answer."));
        assertEquals("Try again", text(".answer .error button"));
        browser.open(URI.create(server.address() + "/"));
    }

    @Test
    void whatAModelSaysNeverBecomesMarkupAndABrokenStreamIsTold() {
        visit();
        browser.evaluate(
                """
                window.fetch = async (path, options) => {
                  if (!options?.body) return window.real(path, options);
                  const text = '<img src=x onerror="window.hit=1"><b>\\u202Eevil\\u0007</b>';
                  const chunk = {choices: [{index: 0, delta: {content: text}}]};
                  return new Response(`data: ${JSON.stringify(chunk)}\\n\\n`);
                };
                true\
                """);
        ask("what?");
        browser.await("document.querySelector('.answer .error:not([hidden])')");
        assertEquals(
                "<img src=x onerror=\"window.hit=1\"><b>\ufffdevil\ufffd</b>",
                text(".answer .text"));
        assertEquals(0, count("#turns img, #turns b"));
        assertTrue(text(".answer .error").contains("broke off"), text(".answer .error"));
        browser.evaluate(
                """
                window.refused = 0;
                try { document.body.innerHTML = '<b>'; } catch { window.refused = 1; }
                true\
                """);
        assertEquals(1, browser.evaluate("window.refused").getAsInt(), "the policy forbids markup");
    }

    @Test
    void aTokenIsAskedForAndKeptForTheTab() {
        try (ChatServer guarded = serve(8, 4, Optional.of("secret"))) {
            visit(guarded);
            browser.await("!document.getElementById('unlock').hidden");
            browser.evaluate("document.getElementById('token').focus()");
            browser.type("wrong");
            browser.press("Enter");
            browser.await("document.getElementById('wrong-token').textContent");
            browser.type("secret");
            browser.press("Enter");
            browser.await("!document.getElementById('question').disabled");
            browser.await(
                    "[...document.querySelectorAll('#examples img')].every((i) => i.naturalWidth)");
            browser.evaluate("sessionStorage.clear()");
            browser.open(URI.create("about:blank"));
            browser.open(URI.create(guarded.address() + "/#token=secret"));
            browser.open(URI.create(guarded.address() + "/"));
            browser.await("!document.getElementById('question').disabled");
            assertFalse(browser.evaluate("location.href").getAsString().contains("secret"));
        }
    }

    @Test
    void theKeyboardAloneIsEnough() {
        visit();
        browser.await(
                "[...document.querySelectorAll('#examples img')].every((i) => i.naturalWidth)");
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 20 && !order.contains("question"); i++) {
            browser.press("Tab");
            order.add(
                    browser.evaluate(
                                    "document.activeElement.id || document.activeElement.className"
                                            + " || document.activeElement.title")
                            .getAsString());
        }
        assertEquals(List.of("skip", "drop", "Scene 1", "Scene 2", "question"), order);
        browser.evaluate("document.querySelector('#examples button').focus()");
        browser.press("Enter");
        browser.await("document.activeElement.id === 'question'");
        browser.type("what?");
        browser.press("Enter");
        browser.await(IDLE);
        assertFalse(text(".answer .text").isEmpty());
        assertEquals("question", browser.evaluate("document.activeElement.id").getAsString());
        // Every control has a name.
        assertEquals(
                0,
                browser.evaluate(
                                """
                                [...document.querySelectorAll('button, input, textarea')].filter((e) =>
                                  !e.hidden && e.type !== 'hidden' && e.id !== 'file'
                                  && !(e.textContent.trim() || e.ariaLabel || e.title
                                  || e.labels?.length)).length\
                                """)
                        .getAsInt());
    }

    @Test
    void aTelephoneNeedsNoScrollingToTheSide() {
        browser.window(360, 640, false);
        try {
            visit();
            assertFits();
            click("#open-side");
            assertTrue(
                    browser.evaluate("document.getElementById('side').checkVisibility()")
                            .getAsBoolean());
            assertFits();
            click("#models input[value=before]");
            click("#open-side");
            uploadScene();
            assertFits();
            ask("w".repeat(300));
            browser.await("document.querySelectorAll('.answer').length === 2 && " + IDLE);
            assertFits();
        } finally {
            browser.window(1280, 800, false);
        }
    }

    private static void assertFits() {
        assertEquals(360, browser.evaluate("document.documentElement.scrollWidth").getAsInt());
        String cut =
                browser.evaluate(
                                """
                                [...document.querySelectorAll('button, input, textarea, .answer')]
                                  .filter((e) => e.checkVisibility()
                                    && e.getBoundingClientRect().right > 360.5)
                                  .map((e) => e.outerHTML).join()\
                                """)
                        .getAsString();
        assertEquals("", cut);
    }

    @Test
    void textCanBeReadInLightAndDark() {
        try {
            List<String> papers = new ArrayList<>();
            for (boolean dark : new boolean[] {false, true}) {
                browser.window(1280, 800, dark);
                visit();
                papers.add(
                        browser.evaluate("getComputedStyle(document.body).backgroundColor")
                                .getAsString());
                String faint =
                        browser.evaluate(
                                        new String(
                                                DemoPageIT.class
                                                        .getResourceAsStream("contrast.js")
                                                        .readAllBytes(),
                                                StandardCharsets.UTF_8))
                                .getAsString();
                assertEquals("", faint, dark ? "dark" : "light");
            }
            assertNotEquals(papers.get(0), papers.get(1));
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            browser.window(1280, 800, false);
        }
    }
}
