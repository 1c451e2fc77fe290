package org.minigpt4j.chat.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class DemoPageTest {

    private static final Pattern ADDRESS =
            Pattern.compile("(?:src|href)=\"([^\"]+)\"|from '([^']+)'|https?://[^\\s'\"]+");
    private static final Map<String, String> FILES =
            Map.of(
                    "/", "text/html",
                    "/demo/demo.css", "text/css",
                    "/demo/icon.svg", "image/svg+xml",
                    "/demo/demo.js", "text/javascript",
                    "/demo/conversation.js", "text/javascript",
                    "/demo/answer.js", "text/javascript",
                    "/demo/pictures.js", "text/javascript",
                    "/demo/api.js", "text/javascript",
                    "/demo/text.js", "text/javascript");

    private final DemoPage page = new DemoPage(List.of());

    private String text(String path) {
        return new String(page.file(path).orElseThrow().content(), StandardCharsets.UTF_8);
    }

    @Test
    void whatItsFilesNameIsThereAndNothingComesFromElsewhere() {
        Set<String> named = new TreeSet<>(Set.of("/"));
        for (String path : FILES.keySet()) {
            Matcher address = ADDRESS.matcher(text(path));
            while (address.find()) {
                String to = address.group(1) == null ? address.group(2) : address.group(1);
                if (to == null) {
                    assertEquals("http://www.w3.org/2000/svg", address.group(), path);
                } else if (!to.startsWith("#")) {
                    assertTrue(page.file(to).isPresent(), path + " names " + to);
                    named.add(to);
                }
            }
            assertTrue(
                    page.file(path).orElseThrow().type().startsWith(FILES.get(path)),
                    page.file(path).orElseThrow().type());
        }
        assertEquals(new TreeSet<>(FILES.keySet()), named, "every file is used");
    }

    @Test
    void noMarkupIsMadeFromText() {
        assertFalse(text("/").matches("(?s).*\\son\\w+=.*"), "a handler in the markup");
        assertFalse(text("/").matches("(?s).*(style=|<style|<script>|javascript:).*"));
        for (String path : FILES.keySet()) {
            if (path.endsWith(".js")) {
                assertFalse(
                        text(path)
                                .matches(
                                        "(?s).*(innerHTML|outerHTML|insertAdjacentHTML|document\\.write|eval\\(|new"
                                                + " Function|DOMParser).*"),
                        path);
            }
        }
        String policy = DemoPage.HEADERS.get("Content-Security-Policy");
        assertTrue(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'"));
        assertFalse(policy.contains("unsafe"), policy);
    }

    @Test
    void nothingElseIsAFileOfIt() {
        for (String path :
                List.of(
                        "",
                        "/demo",
                        "/demo/",
                        "/demo/index.html",
                        "/demo/DemoPage.class",
                        "/demo/../page/DemoPage.class",
                        "/demo//demo.js",
                        "/demo/demo.js/",
                        "/demo/../../../../log4j2.xml")) {
            assertTrue(page.file(path).isEmpty(), path);
        }
    }
}
