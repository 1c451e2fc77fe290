package org.minigpt4j.train.record;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

import org.minigpt4j.data.Example;
import org.minigpt4j.data.MicroBatch;
import org.minigpt4j.generate.AnswerText;
import org.minigpt4j.generate.Generation;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.generate.Generator;
import org.minigpt4j.image.JpegEncoder;
import org.minigpt4j.image.RgbImage;
import org.minigpt4j.model.MiniGpt4;
import org.minigpt4j.text.SequenceLayout;
import org.minigpt4j.text.Tokenizer;
import org.minigpt4j.train.FeatureCache;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** The most likely captions of a few samples, under their prompts in training. */
public final class SampleCaptions {

    private static final int JPEG_QUALITY = 90;

    private final List<MicroBatch> examples;
    private final Tokenizer tokenizer;
    private final SequenceLayout layout;
    private final String endSym;
    private final int maxNewTokens;
    private final BooleanSupplier stop;
    private final List<Looked> looked = new ArrayList<>();

    /** The frozen parts' output for a picture. */
    private record Looked(Shape shape, float[] values) {}

    /**
     * @param examples micro-batches of one sample each
     * @param endSym the end of a caption
     * @param stop checked after each token
     */
    public SampleCaptions(
            List<MicroBatch> examples,
            Tokenizer tokenizer,
            SequenceLayout layout,
            String endSym,
            int maxNewTokens,
            BooleanSupplier stop) {
        this.examples = examples;
        this.tokenizer = tokenizer;
        this.layout = layout;
        this.endSym = endSym;
        this.maxNewTokens = maxNewTokens;
        this.stop = stop;
    }

    /** A caption for each sample; empty if {@code stop} became true before all were complete. */
    Optional<List<String>> texts(MiniGpt4 model) {
        Generator generator = new Generator(model.backbone().llama(), tokenizer);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < examples.size(); i++) {
            try (NDManager manager = model.manager().newSubManager()) {
                NDArray prompt = prompt(model, manager, i);
                int room = model.backbone().llama().dims().maxPositions() - tokens(prompt);
                GenerationSettings settings =
                        GenerationSettings.builder()
                                .optMaxNewTokens(Math.min(maxNewTokens, room))
                                .optStopSequences(AnswerText.stopSequences(tokenizer, endSym))
                                .build();
                AtomicBoolean stopped = new AtomicBoolean();
                Generation caption =
                        generator.generate(
                                prompt,
                                settings,
                                ids -> {
                                    stopped.set(stop.getAsBoolean());
                                    return !stopped.get();
                                });
                if (stopped.get()) {
                    return Optional.empty();
                }
                texts.add(withoutEnd(caption.text()));
            } catch (InterruptedException e) {
                return Optional.empty();
            }
        }
        return Optional.of(texts);
    }

    private static int tokens(NDArray prompt) {
        return Math.toIntExact(prompt.getShape().get(1));
    }

    /** The prompt as in training, without the caption. */
    private NDArray prompt(MiniGpt4 model, NDManager manager, int index) {
        MicroBatch example = examples.get(index);
        NDArray image = model.project(model.features(looked(model, manager, index)), false);
        return model.inputsEmbeds(image, layout.prompt(example.before(), example.after()));
    }

    /** The encoders' output for a picture, computed once. */
    private NDArray looked(MiniGpt4 model, NDManager manager, int index) {
        if (index == looked.size()) {
            NDArray seen = FeatureCache.none().features(manager, model, examples.get(index));
            looked.add(new Looked(seen.getShape(), seen.toFloatArray()));
        }
        return manager.create(looked.get(index).values(), looked.get(index).shape());
    }

    /** The samples that are captioned. */
    List<SampleSheet.Sample> samples() {
        List<SampleSheet.Sample> samples = new ArrayList<>();
        for (MicroBatch micro : examples) {
            Example example = micro.examples().get(0);
            int side = micro.imageSize();
            byte[] jpeg =
                    JpegEncoder.encode(new RgbImage(side, side, example.pixels()), JPEG_QUALITY);
            boolean prompted = micro.before().length + micro.after().length > 0;
            samples.add(
                    new SampleSheet.Sample(
                            example.dataset(),
                            example.key(),
                            prompted
                                    ? tokenizer.decode(micro.before())
                                            + "<ImageHere>"
                                            + tokenizer.decode(micro.after())
                                    : "",
                            withoutEnd(example.text()),
                            Base64.getEncoder().encodeToString(jpeg)));
        }
        return samples;
    }

    private String withoutEnd(String text) {
        return text.endsWith(endSym) && !endSym.isEmpty()
                ? text.substring(0, text.length() - endSym.length()).strip()
                : text.strip();
    }
}
