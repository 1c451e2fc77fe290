package org.minigpt4j.eval.foreign;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What METEOR's and SPICE's jars do, with figures that a test can foretell. */
public final class FakeMetric {

    private FakeMetric() {}

    /** Speaks METEOR's protocol with {@code -stdio}, else SPICE's. */
    public static void main(String[] args) throws IOException {
        if (List.of(args).contains("-stdio")) {
            meteor();
        } else {
            spice(Path.of(args[0]), Path.of(args[List.of(args).indexOf("-out") + 1]));
        }
    }

    /** Of each caption its length over 100, of all the largest. */
    private static void meteor() throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            List<String> parts = List.of(line.split(" \\|\\|\\| ", -1));
            if (parts.get(0).equals("SCORE")) {
                System.out.println(parts.get(parts.size() - 1).length() + ".0 0.0");
            } else {
                double most = 0;
                for (String stat : parts.subList(1, parts.size())) {
                    double score = Double.parseDouble(stat.split(" ")[0]) / 100;
                    most = Math.max(most, score);
                    System.out.println(score);
                }
                System.out.println(most);
            }
            System.out.flush();
        }
    }

    /** Half of everything for each image, and no figure for the first. */
    private static void spice(Path in, Path out) throws IOException {
        int images = Files.readString(in).split("\"image_id\"", -1).length - 1;
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < images; i++) {
            entries.add(
                    "{\"image_id\": %d, \"scores\": {\"All\": {\"f\": %s}}}"
                            .formatted(i, i == 0 ? "null" : "0.5"));
        }
        Files.writeString(out, entries.toString());
    }
}
