package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.minigpt4j.config.bind.Catalog;
import org.minigpt4j.config.bind.ConfigReference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class ConfigurationDocsTest {

    private static final Path PAGE = Path.of("docs/configuration.md");

    @Test
    void thePageListsEveryKeyAsTheRecordsSayIt() throws IOException {
        String page = Files.readString(PAGE);
        String fresh = replace(page, "keys", ConfigReference.markdown(TrainConfig.Sections.class));
        fresh =
                replace(
                        fresh,
                        "prepare keys",
                        ConfigReference.markdown(PrepareConfig.Sections.class));
        fresh =
                replace(
                        fresh,
                        "align keys",
                        ConfigReference.markdown(AlignPrepareConfig.Sections.class));
        fresh =
                replace(
                        fresh,
                        "evaluation keys",
                        ConfigReference.evaluationMarkdown(
                                EvalRunConfig.class, EvalDatasetConfig.class));
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
        var roots =
                List.of(
                        TrainConfig.Sections.class,
                        PrepareConfig.Sections.class,
                        AlignPrepareConfig.Sections.class);
        for (Catalog.Entry entry :
                roots.stream().flatMap(root -> Catalog.of(root).entries().stream()).toList()) {
            String doc = entry.spec().key().doc();
            assertTrue(doc.endsWith("."), entry.path() + ": " + doc);
            assertTrue(!doc.contains("|"), entry.path() + " would break the table: " + doc);
        }
    }

    private static String replace(String page, String name, String text) {
        String begin = "<!-- " + name + ": begin -->\n";
        assertTrue(page.contains(begin), PAGE + " has no line " + begin);
        int from = page.indexOf(begin) + begin.length();
        int to = page.indexOf("<!-- " + name + ": end -->");
        return page.substring(0, from) + "\n" + text + "\n" + page.substring(to);
    }
}
