package org.minigpt4j.chat;

import org.minigpt4j.Resources;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.TrainedModel;
import org.minigpt4j.nano.parts.NanoParts;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.MiniGpt4Pth;
import org.minigpt4j.weights.TorchTensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The small trained parts in a folder, with the quickstart's projection, as an evaluation file
 * names it.
 */
public final class NanoChat {

    /** The file that names it, with {@link #options}. */
    public static final Path FILE = Path.of("eval_configs", "quickstart_eval.yaml");

    private NanoChat() {}

    /** Writes it, and reads its configuration. */
    public static EvalConfig config(Path folder) {
        return EvalConfig.load(FILE, options(folder));
    }

    /** Writes it; what names it on the command line. */
    public static List<String> options(Path folder) {
        Path weights = folder.resolve("weights");
        TrainedModel.writeTo(weights);
        Path projection = folder.resolve("projection.pth");
        int hidden = NanoParts.LLAMA.hidden();
        int width = NanoParts.QFORMER.width();
        float[] weight = new float[hidden * width];
        float[] bias = new float[hidden];
        FloatBuffer trained = trained();
        trained.get(weight).get(bias);
        write(TrainableValues.projection(weight, bias), projection);
        return List.of(
                "model.llama_model=" + RandomModel.llama(weights),
                "model.q_former_model=" + RandomModel.qformer(weights),
                "model.vit_weights=" + RandomModel.vit(weights),
                "model.ckpt=" + projection);
    }

    /** What the quickstart came to after stage 2: the weight, then the bias. */
    private static FloatBuffer trained() {
        try {
            byte[] bytes =
                    Files.readAllBytes(Resources.path("org/minigpt4j/chat/quickstart_stage2.f32"));
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(TrainableValues values, Path file) {
        Map<String, TorchTensor> model = new LinkedHashMap<>();
        for (TrainableTensor one : values.set().tensors()) {
            model.put(one.name(), tensor(values.floats(one.name()), one.shape().getShape()));
        }
        new MiniGpt4Pth(model, Optional.empty(), Optional.empty(), Map.of(), 0).write(file);
    }

    private static TorchTensor tensor(float[] values, long... shape) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(values.length * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return TorchTensor.of(DType.F32, shape, bytes);
    }
}
