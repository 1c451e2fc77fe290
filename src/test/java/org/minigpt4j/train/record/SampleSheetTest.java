package org.minigpt4j.train.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.checkpoint.RunFolder;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

class SampleSheetTest {

    @TempDir private Path temp;

    private final SampleSheet sheet =
            new SampleSheet(
                    List.of(
                            new SampleSheet.Sample(
                                    "cc_sbu", "1", "", "<b>2 > 1</b> & \"so\"", "aaaa"),
                            new SampleSheet.Sample(
                                    "cc_sbu", "2", "<Img><ImageHere></Img>", "a dog", "bbbb")),
                    new TreeMap<>());

    @Test
    void comesBackAsItWasWritten() {
        RunFolder folder = new RunFolder(temp.resolve("run"));
        sheet.texts().put(0, List.of("a", "b"));
        sheet.texts().put(10, List.of("c\n\"d\"", "e"));
        sheet.texts().put(2, List.of("f", "g"));
        sheet.write(folder, "title");
        assertEquals(Optional.of(sheet), SampleSheet.read(folder.root()));
        assertEquals(List.of("c\n\"d\"", "e"), sheet.newest());
    }

    @Test
    void goesOnWithWhatWasSaidOfTheSameSamplesUntilThen() throws Exception {
        RunFolder folder = new RunFolder(temp.resolve("run"));
        for (int epoch = 0; epoch < 4; epoch++) {
            sheet.texts().put(epoch, List.of("a" + epoch, "b"));
        }
        sheet.write(folder, "title");
        assertEquals(
                Set.of(0, 1, 2), SampleSheet.goOn(folder, sheet.samples(), 2).texts().keySet());
        List<SampleSheet.Sample> others = sheet.samples().subList(0, 1);
        assertEquals(Set.of(), SampleSheet.goOn(folder, others, 2).texts().keySet());
        Files.writeString(folder.samples(), "{\"samples\": [");
        assertEquals(Set.of(), SampleSheet.goOn(folder, sheet.samples(), 2).texts().keySet());
        assertEquals(
                Set.of(),
                SampleSheet.goOn(new RunFolder(temp.resolve("new")), sheet.samples(), 0)
                        .texts()
                        .keySet());
    }

    @Test
    void thePageShowsTextsAsTextsAndEpochsInOrder() {
        sheet.texts().put(10, List.of("</td><script>alert(1)</script>", "ten"));
        sheet.texts().put(9, List.of("", "nine"));
        sheet.texts().put(0, List.of("x", "none"));
        String page = sheet.page("A & B");
        assertFalse(page.contains("<script>"), page);
        assertFalse(page.contains("<b>"), page);
        assertFalse(page.contains("<Img>"), page);
        assertTrue(page.contains("&lt;b&gt;2 &gt; 1&lt;/b&gt; &amp; &quot;so&quot;"), page);
        assertTrue(page.contains("&lt;Img&gt;&lt;ImageHere&gt;"), page);
        int before = page.indexOf("before training");
        assertTrue(page.contains("(nothing)"), "an empty text is shown as one");
        assertTrue(before > 0 && before < page.indexOf("after epoch 9"), page);
        assertTrue(page.indexOf("after epoch 9") < page.indexOf("after epoch 10"), page);
        assertFalse(page.contains("://"), "needs nothing beside it");
    }
}
