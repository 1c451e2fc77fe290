package org.minigpt4j.chat.page;

import org.minigpt4j.io.Sha256;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The demo web page: its files and its example pictures. The files are complete: there is no build
 * step, and nothing is loaded from other hosts. The page uses the same API as every other client.
 */
public final class DemoPage {

    /**
     * HTTP headers that restrict what the page can do: run its own scripts and styles, call its own
     * server, and show pictures that it created. Text can never become markup.
     */
    public static final Map<String, String> HEADERS = headers();

    /**
     * An example picture.
     *
     * @param name a description of the picture, used as its alternative text
     * @param type media type, such as {@code image/jpeg}
     * @param questions example questions about it
     */
    public record Example(String name, String type, byte[] picture, List<String> questions) {}

    /**
     * A file of the page.
     *
     * @param tag the entity tag of its content
     */
    public record PageFile(String type, byte[] content, String tag) {}

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html;charset=utf-8",
                    "css", "text/css;charset=utf-8",
                    "js", "text/javascript;charset=utf-8",
                    "svg", "image/svg+xml");

    private static final List<String> NAMES =
            List.of(
                    "demo.css",
                    "icon.svg",
                    "demo.js",
                    "conversation.js",
                    "answer.js",
                    "pictures.js",
                    "api.js",
                    "text.js");

    private final Map<String, PageFile> files = new LinkedHashMap<>();
    private final List<Example> examples;

    /** Creates a page with these example pictures. */
    public DemoPage(List<Example> examples) {
        this.examples = List.copyOf(examples);
        files.put("/", load("index.html"));
        NAMES.forEach(name -> files.put("/demo/" + name, load(name)));
    }

    /**
     * The page's file at a URL path; empty if there is none. Only files of the page can be found.
     */
    public Optional<PageFile> file(String path) {
        return Optional.ofNullable(files.get(path));
    }

    /** The example pictures. */
    public List<Example> examples() {
        return examples;
    }

    private static PageFile load(String name) {
        try (InputStream in = DemoPage.class.getResourceAsStream(name)) {
            byte[] content = in.readAllBytes();
            String tag = new Sha256().update(ByteBuffer.wrap(content)).hex();
            String ending = name.substring(name.indexOf('.') + 1);
            return new PageFile(TYPES.get(ending), content, "\"%.32s\"".formatted(tag));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                        + " img-src 'self' blob:; base-uri 'none'; form-action 'none';"
                        + " frame-ancestors 'none'; require-trusted-types-for 'script';"
                        + " trusted-types 'none'");
        headers.put("X-Frame-Options", "DENY");
        headers.put("Referrer-Policy", "no-referrer");
        headers.put("Cross-Origin-Opener-Policy", "same-origin");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        headers.put("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
        return headers;
    }
}
