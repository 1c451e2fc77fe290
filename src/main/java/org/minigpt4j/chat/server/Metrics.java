package org.minigpt4j.chat.server;

import org.minigpt4j.chat.AnswerFigures;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;

/** A server's metrics in Prometheus's text format. Thread-safe. */
final class Metrics {

    /** The content type, with the format's version. */
    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final ModelDesk desk;
    private final Map<Integer, LongAdder> statuses = new ConcurrentSkipListMap<>();

    Metrics(ModelDesk desk) {
        this.desk = desk;
    }

    /** Counts a response with this status. */
    void answered(int status) {
        statuses.computeIfAbsent(status, key -> new LongAdder()).increment();
    }

    /** The text with all metrics. */
    String text() {
        AnswerFigures.Snapshot now = desk.figures();
        StringBuilder out = new StringBuilder();
        one(out, "requests_running", "gauge", "Answers in progress.", desk.running());
        one(out, "requests_waiting", "gauge", "Answers that wait.", desk.waiting());
        one(out, "answers_total", "counter", "Answers that ended.", now.answers());
        one(
                out,
                "answers_cancelled_total",
                "counter",
                "Answers that were stopped because the client disconnected.",
                now.cancelled());
        one(out, "answers_failed_total", "counter", "Answers that failed here.", now.failures());
        one(out, "pictures_total", "counter", "Pictures encoded.", now.pictures());
        one(out, "prompt_tokens_total", "counter", "Places of prompts.", now.promptTokens());
        one(
                out,
                "prompt_tokens_kept_total",
                "counter",
                "Prompt tokens found in the cache.",
                now.keptTokens());
        one(out, "generation_tokens_total", "counter", "Tokens written.", now.newTokens());
        one(
                out,
                "shared_steps_total",
                "counter",
                "Steps of the language model that several answers share.",
                now.steps());
        histogram(out, now);
        head(out, "http_responses_total", "counter", "Requests answered, by status.");
        statuses.forEach(
                (status, count) ->
                        out.append(
                                "minigpt4j_http_responses_total{code=\"%s\"} %s\n"
                                        .formatted(
                                                Integer.toString(status),
                                                Long.toString(count.sum()))));
        return out.toString();
    }

    private static void histogram(StringBuilder out, AnswerFigures.Snapshot now) {
        String name = "time_to_first_token_seconds";
        head(
                out,
                name,
                "histogram",
                "Time from a request's arrival in the queue to its first" + " token.");
        for (int i = 0; i < now.within().length; i++) {
            out.append(
                    String.format(
                            Locale.ROOT,
                            "minigpt4j_%s_bucket{le=\"%s\"} %d\n",
                            name,
                            now.within()[i],
                            now.firstWithin()[i]));
        }
        out.append(
                String.format(
                        Locale.ROOT,
                        "minigpt4j_%s_bucket{le=\"+Inf\"} %d\n"
                                + "minigpt4j_%s_sum %s\n"
                                + "minigpt4j_%s_count %d\n",
                        name,
                        now.firstTokens(),
                        name,
                        now.firstSeconds(),
                        name,
                        now.firstTokens()));
    }

    private static void one(StringBuilder out, String name, String type, String help, long value) {
        head(out, name, type, help);
        out.append("minigpt4j_%s %s\n".formatted(name, Long.toString(value)));
    }

    private static void head(StringBuilder out, String name, String type, String help) {
        out.append(
                "# HELP minigpt4j_%s %s\n# TYPE minigpt4j_%s %s\n"
                        .formatted(name, help, name, type));
    }
}
