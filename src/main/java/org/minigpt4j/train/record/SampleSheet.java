package org.minigpt4j.train.record;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;

import org.minigpt4j.checkpoint.RunFolder;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.track.page.HtmlPage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A few samples, and the model's captions for them after each epoch: {@code samples.json} of an
 * output folder.
 *
 * @param samples the samples
 * @param texts a text for each sample, by number of epochs completed; 0 is before training
 */
public record SampleSheet(List<Sample> samples, TreeMap<Integer, List<String>> texts) {

    /**
     * One sample.
     *
     * @param dataset name of its data set
     * @param key its name within the data set
     * @param prompt the prompt, with {@code <ImageHere>} for the picture
     * @param reference the caption in the data
     * @param jpeg the picture as the model sees it, in Base64
     */
    public record Sample(
            String dataset, String key, String prompt, String reference, String jpeg) {}

    /** Reads the sheet of an output folder; empty if it is missing or cannot be read. */
    public static Optional<SampleSheet> read(Path outputFolder) {
        Path file = new RunFolder(outputFolder).samples();
        try {
            SampleSheet sheet = new Gson().fromJson(Files.readString(file), SampleSheet.class);
            return Optional.ofNullable(sheet).filter(s -> s.samples != null && s.texts != null);
        } catch (IOException | JsonParseException e) {
            return Optional.empty();
        }
    }

    /**
     * The sheet that a run continues with after {@code epochs} epochs: the texts about the same
     * samples up to then.
     */
    static SampleSheet goOn(RunFolder folder, List<Sample> samples, int epochs) {
        TreeMap<Integer, List<String>> texts = new TreeMap<>();
        read(folder.root())
                .filter(before -> before.samples.equals(samples))
                .ifPresent(before -> texts.putAll(before.texts.headMap(epochs, true)));
        return new SampleSheet(samples, texts);
    }

    /** Writes {@code samples.json} and {@code samples.html}. */
    public void write(RunFolder folder, String title) {
        AtomicFile.writeString(folder.samples(), new Gson().toJson(this) + "\n");
        AtomicFile.writeString(folder.samplesPage(), page(title));
    }

    /** The latest text about each sample. */
    public List<String> newest() {
        return texts.isEmpty() ? List.of() : texts.lastEntry().getValue();
    }

    String page(String title) {
        HtmlPage page = new HtmlPage(title);
        addTo(page);
        return page.html();
    }

    /** Adds the samples to a page. */
    void addTo(HtmlPage page) {
        page.heading("Samples");
        page.note(
                "The same training samples while the model learns: pictures as it sees"
                        + " them, and its most likely caption for the training prompt, cut where a"
                        + " caption ends.");
        for (int i = 0; i < samples.size(); i++) {
            Sample sample = samples.get(i);
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("sample", sample.dataset() + " / " + sample.key()));
            if (!sample.prompt().isEmpty()) {
                rows.add(List.of("prompt", sample.prompt()));
            }
            rows.add(List.of("caption", sample.reference()));
            for (var epoch : texts.entrySet()) {
                String name =
                        epoch.getKey() == 0 ? "before training" : "after epoch " + epoch.getKey();
                String text = i < epoch.getValue().size() ? epoch.getValue().get(i) : "";
                rows.add(List.of(name, text.isEmpty() ? "(nothing)" : text));
            }
            String shown = sample.reference().isBlank() ? sample.key() : sample.reference();
            page.card(Base64.getDecoder().decode(sample.jpeg()), ForeignText.line(shown), rows);
        }
    }
}
