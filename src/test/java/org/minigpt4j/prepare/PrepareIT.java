package org.minigpt4j.prepare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.prepare.fetch.Behaviour;
import org.minigpt4j.prepare.fetch.MisbehavingServer;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Whole preparations on this machine, from a server that does all that servers do wrong. */
class PrepareIT {

    private static final URI NOWHERE = URI.create("http://127.0.0.1:1/");

    @TempDir private Path temp;

    @Test
    void everyPairIsAccountedForByCause() throws Exception {
        try (MisbehavingServer server = new MisbehavingServer(0, NOWHERE)) {
            List<String> urls = new ArrayList<>();
            Map<String, Behaviour> behaviours = new TreeMap<>();
            for (Behaviour behaviour : Behaviour.values()) {
                int count = behaviour == Behaviour.IMAGE ? 150 : 3;
                for (int i = 0; i < count; i++) {
                    String url = server.address(behaviour, i).toString();
                    urls.add(url);
                    behaviours.put(url, behaviour);
                }
            }
            Collections.shuffle(urls, new Random(1));
            Path list = PrepareYaml.json(temp.resolve("list.json"), urls);
            String output = temp.resolve("out").toString();
            PrepareConfig config = PrepareYaml.of(temp, list, output, server.hostAndPort());
            PrepareSummary summary = PrepareYaml.run(config);
            PreparedFolder folder = PreparedFolder.read(output + "/web", Map.of());

            assertEquals(urls.size(), folder.rows.size());
            for (PairRow row : folder.rows.values()) {
                Behaviour behaviour = behaviours.get(row.url());
                String seen = row.url() + ": " + row;
                if (behaviour.fault().isPresent()) {
                    assertEquals(PairRow.Status.FAILED_TO_DOWNLOAD, row.status(), seen);
                    String cause = behaviour.fault().get().name().toLowerCase();
                    assertTrue(row.cause().startsWith(cause), seen);
                } else if (behaviour.givesPicture()) {
                    // The behaviours serve the same pictures by number.
                    assertTrue(row.isSuccess() || row.status() == PairRow.Status.DUPLICATE, seen);
                } else {
                    assertEquals(PairRow.Status.FAILED_TO_RESIZE, row.status(), seen);
                }
            }
            assertEquals(folder.byCause(), summary.parts().get(0).byCause());
        }
    }
}
