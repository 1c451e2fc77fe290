package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

class ConfigurationDocsTest {

    private static final Path PAGE = Path.of("docs/configuration.md");

    @Test
    void thePageListsEveryKeyAsTheRecordsSayIt() throws IOException {
        String page = Files.readString(PAGE);
        String fresh = replace(page, "keys", ConfigReference.markdown());
        fresh = replace(fresh, "evaluation keys", ConfigReference.evaluationMarkdown());
        if (Boolean.getBoolean("update.docs")) {
            Files.writeString(PAGE, fresh);
        }
        assertEquals(
                fresh,
                Files.readString(PAGE),
                PAGE
                        + " is stale; make it again with"
                        + " mvn -q test -Dtest=ConfigurationDocsTest -Dupdate.docs=true");
    }

    @Test
    void everyKeyHasAMeaningInWholeSentences() {
        for (Catalog.Entry entry : Catalog.of(TrainConfig.Sections.class).entries()) {
            String doc = entry.spec().key().doc();
            assertTrue(doc.endsWith("."), entry.path() + ": " + doc);
            assertTrue(!doc.contains("|"), entry.path() + " would break the table: " + doc);
        }
    }

    private static String replace(String page, String name, String text) {
        String begin = "<!-- " + name + ": begin -->\n";
        int from = page.indexOf(begin) + begin.length();
        int to = page.indexOf("<!-- " + name + ": end -->");
        return page.substring(0, from) + "\n" + text + "\n" + page.substring(to);
    }
}
