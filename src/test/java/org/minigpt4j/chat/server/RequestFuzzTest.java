package org.minigpt4j.chat.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Nested;
import org.minigpt4j.UsageException;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.util.List;

/** Bodies of requests in both dialects. */
class RequestFuzzTest {

    private static final ServerSettings.Limits LIMITS =
            new ServerSettings.Limits(1 << 20, 2, 16, 3, 16, 8, 8, 4096, 16);

    /** Reads a body. */
    private interface Dialect {
        ChatRequest read(byte[] body, ServerSettings.Limits limits) throws ApiException;
    }

    @Nested
    class Completions extends Requests {

        Completions() {
            super("openai-request", ChatRequest::read);
        }

        @Override
        protected List<byte[]> seeds() {
            return List.of(
                    text(
                            """
                            {"model": "nano", "messages": [{"role": "system", "content": "Be short."},
                             {"role": "user", "content": [{"type": "text", "text": "what is it?"},
                             {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
                             {"type": "image_url", "image_url": {"url": "https://a.example/1.jpg"}}]}],
                             "max_tokens": 5, "temperature": 0.5, "top_p": 0.9, "n": 2, "seed": 7,
                             "stop": ["###", "\\n"], "logprobs": true, "top_logprobs": 3}
                            """),
                    text(
                            """
                            {"messages": [{"role": "user", "content": "a"}, {"role": "assistant",
                             "content": "b"}, {"role": "user", "content": null}], "stream": true,
                             "stream_options": {"include_usage": true}, "stop": "x", "tools": []}
                            """));
        }
    }

    @Nested
    class OllamaChat extends Requests {

        OllamaChat() {
            super("ollama-request", OllamaRequest::read);
        }

        @Override
        protected List<byte[]> seeds() {
            return List.of(
                    text(
                            """
                            {"model": "nano:latest", "messages": [{"role": "user", "content": "what?",
                             "images": ["aGVsbG8="]}], "stream": false, "options": {"temperature": 0,
                             "num_predict": -1, "top_k": 40, "top_p": 0.9, "repeat_penalty": 1.1,
                             "seed": 42, "stop": ["\\n", "user:"]}, "format": "", "keep_alive": "5m"}
                            """));
        }
    }

    private abstract static class Requests extends FuzzedReader {

        private final Dialect dialect;

        Requests(String name, Dialect dialect) {
            super(name);
            this.dialect = dialect;
        }

        @Override
        protected FuzzTarget target() {
            return bytes -> {
                try {
                    dialect.read(bytes, LIMITS);
                } catch (ApiException e) {
                    throw new UsageException(e.getMessage(), e);
                }
            };
        }

        static byte[] text(String body) {
            return body.getBytes(UTF_8);
        }
    }
}
