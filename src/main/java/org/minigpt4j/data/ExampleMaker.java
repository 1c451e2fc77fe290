package org.minigpt4j.data;

import org.minigpt4j.FailedException;
import org.minigpt4j.data.feature.FeatureStore;
import org.minigpt4j.data.order.PassOrder;
import org.minigpt4j.data.order.SampleOrder;
import org.minigpt4j.data.sample.BadSampleException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.image.BadImageException;
import org.minigpt4j.io.ReadFailure;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.random.RandomStreamId;
import org.minigpt4j.text.Tokenizer;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Prepares one example of a micro-batch: reads the sample, decodes and resizes its picture, cleans
 * and tokenizes its text. An unusable sample is replaced by another of the same data set, drawn
 * from a random stream at the same position. So micro-batches stay full and replacements are
 * reproducible. Safe for use by many threads.
 */
final class ExampleMaker {

    private static final int REPLACEMENTS = 64;

    private final BatchSettings settings;
    private final DataSets dataSets;
    private final Tokenizer tokenizer;
    private final PictureMaker pictures;
    private final Optional<FeatureStore> features;

    ExampleMaker(
            BatchSettings settings,
            DataSets dataSets,
            Tokenizer tokenizer,
            Optional<FeatureStore> features) {
        this.features = features;
        this.settings = settings;
        this.dataSets = dataSets;
        this.tokenizer = tokenizer;
        this.pictures = new PictureMaker(settings);
    }

    /**
     * The example for one place in a micro-batch, and the samples that were skipped before it was
     * found.
     */
    record Outcome(Example example, List<Skip> skipped) {}

    Outcome make(SampleOrder.Draw draw, int slot) {
        int dataset = draw.dataset();
        String name = dataSets.get(dataset).name();
        RandomStream others =
                RandomStreamId.REPLACEMENT.stream(
                        settings.order().seed(), dataset, draw.position(), slot);
        PassOrder.Visit visit = draw.visits().get(slot);
        List<Skip> skipped = new ArrayList<>();
        while (skipped.size() < REPLACEMENTS) {
            try {
                return new Outcome(example(dataset, visit), skipped);
            } catch (BadSampleException e) {
                skipped.add(new Skip(name, e.key(), e.fault(), e.getMessage()));
                visit =
                        new PassOrder.Visit(
                                others.nextLong(dataSets.get(dataset).size()), visit.pass());
            } catch (IOException e) {
                throw new FailedException(
                        "Data set %s: sample %d cannot be read: %s"
                                .formatted(name, visit.sample(), ReadFailure.reason(e)),
                        e);
            }
        }
        Skip last = skipped.get(skipped.size() - 1);
        throw new FailedException(
                ("Data set %s: %d samples in a row cannot be used; the last, %s, because %s (%s).")
                        .formatted(name, REPLACEMENTS, last.key(), last.detail(), last.fault()));
    }

    private Example example(int dataset, PassOrder.Visit visit)
            throws BadSampleException, IOException {
        SourceSettings source = dataSets.get(dataset).settings();
        SampleSource samples = dataSets.get(dataset).samples();
        String sample = features.isPresent() ? samples.identity(visit.sample()) : "";
        Optional<float[]> known = features.flatMap(store -> store.get(sample));
        SampleSource.RawSample raw = samples.read(visit.sample(), known.isEmpty());
        try {
            String caption =
                    source.captions()
                            .map(processor -> processor.apply(raw.caption()))
                            .orElse(raw.caption());
            String text = caption + settings.texts().endSym();
            int[] tokens = tokenizer.encode(text);
            tokens = Arrays.copyOf(tokens, Math.min(tokens.length, settings.texts().maxTxtLen()));
            // Batches are padded with the end-of-sequence token, so the loss ignores it.
            if (Arrays.stream(tokens).allMatch(id -> id == tokenizer.eosId())) {
                throw new BadSampleException(
                        Fault.NOTHING_TO_LEARN, "no token to learn in \"" + text + "\"");
            }
            byte[] pixels =
                    known.isPresent()
                            ? new byte[0]
                            : pictures.pixels(
                                    source, dataset, visit.sample(), visit.pass(), raw.image());
            return new Example(source.name(), raw.key(), pixels, tokens, text, sample, known);
        } catch (BadImageException e) {
            throw BadSampleException.of(e).withKey(raw.key());
        } catch (BadSampleException e) {
            throw e.withKey(raw.key());
        }
    }
}
