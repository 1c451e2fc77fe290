package org.minigpt4j.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import java.io.Reader;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads what PyTorch's profiler writes, a list of events with name, begin and duration in which
 * outer operations contain inner ones. The kernels' own methods are among them, and say what an
 * operation is for.
 */
final class StepTrace {

    private static final double SLACK = 1e-3; // the file's digits, microseconds

    private StepTrace() {}

    private record Event(String name, double begin, double length) {
        double end() {
            return begin + length;
        }

        /** A method of our kernels has a plain name, an operation of PyTorch has colons. */
        boolean isMethod() {
            return !name.contains("::") && !name.contains(" ") && !name.contains("Backward");
        }
    }

    /** Milliseconds of each {@link StepOperation} (rows) in each {@link StepPart} (columns). */
    static double[][] read(Reader trace) {
        Map<Integer, List<Event>> threads = new TreeMap<>();
        for (JsonElement element : JsonParser.parseReader(trace).getAsJsonArray()) {
            JsonObject event = element.getAsJsonObject();
            if (event.has("ph") && event.get("ph").getAsString().equals("X")) {
                threads.computeIfAbsent(event.get("tid").getAsInt(), tid -> new ArrayList<>())
                        .add(
                                new Event(
                                        event.get("name").getAsString(),
                                        event.get("ts").getAsDouble(),
                                        event.get("dur").getAsDouble()));
            }
        }
        double[][] cells = new double[StepOperation.values().length][StepPart.values().length];
        threads.values().forEach(events -> add(events, cells));
        return cells;
    }

    /** An event counts without the events inside it. */
    private static void add(List<Event> events, double[][] cells) {
        events.sort(
                Comparator.comparingDouble(Event::begin)
                        .thenComparing(Comparator.comparingDouble(Event::length).reversed()));
        Deque<Event> open = new ArrayDeque<>();
        for (Event event : events) {
            while (!open.isEmpty() && open.peek().end() <= event.begin() + SLACK) {
                open.pop();
            }
            if (!open.isEmpty()) {
                count(open, -event.length(), cells);
            }
            open.push(event);
            count(open, event.length(), cells);
        }
    }

    /** Adds to the cell of the innermost event. */
    private static void count(Deque<Event> open, double microseconds, double[][] cells) {
        String method =
                open.stream().filter(Event::isMethod).map(Event::name).findFirst().orElse("");
        StepOperation work = StepOperation.of(open.peek().name(), method);
        StepPart part = StepPart.of(open.peekLast().name());
        cells[work.ordinal()][part.ordinal()] += microseconds / 1e3;
    }
}
