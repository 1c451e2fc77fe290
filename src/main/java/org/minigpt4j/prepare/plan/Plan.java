package org.minigpt4j.prepare.plan;

import org.minigpt4j.FailedException;
import org.minigpt4j.io.Upload;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** The candidates of a shard, a JSON object a line: {@code _plan/NNNNN.jsonl.gz}. */
public final class Plan {

    public static final String FOLDER = "_plan";

    private static final String ENDING = ".jsonl.gz";

    private Plan() {}

    static String file(int shard) {
        return FOLDER + "/" + SampleKeys.shard(shard) + ENDING;
    }

    /** Whether a file of the folder has candidates. */
    public static boolean isPlan(String file) {
        return file.endsWith(ENDING);
    }

    public static List<Candidate> read(ShardFolder folder, int shard) throws IOException {
        byte[] bytes =
                folder.read(file(shard))
                        .orElseThrow(
                                () ->
                                        new FailedException(
                                                folder.address(file(shard))
                                                        + " is missing; delete "
                                                        + folder.address(ListPlan.FILE)
                                                        + " and run again to draw it again"));
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(
                                new GZIPInputStream(new ByteArrayInputStream(bytes)),
                                StandardCharsets.UTF_8))) {
            return lines.lines().map(Candidate::of).toList();
        }
    }

    static void write(ShardFolder folder, int shard, Iterator<String> lines) throws IOException {
        try (Upload upload = folder.create(file(shard))) {
            Writer out =
                    new OutputStreamWriter(
                            new GZIPOutputStream(upload.stream(), 1 << 16) {
                                @Override
                                public void close() throws IOException {
                                    finish(); // the stream below is the upload's
                                }
                            },
                            StandardCharsets.UTF_8);
            while (lines.hasNext()) {
                out.write(lines.next());
                out.write('\n');
            }
            out.close();
            upload.commit();
        }
    }
}
