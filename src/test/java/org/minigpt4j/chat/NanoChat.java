package org.minigpt4j.chat;

import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.nano.RandomModel;
import org.minigpt4j.nano.TrainedModel;
import org.minigpt4j.nano.parts.NanoParts;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.MiniGpt4Pth;
import org.minigpt4j.weights.TorchTensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** The small trained parts in a folder, with a projection, as an evaluation file names it. */
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
        SplittableRandom random = new SplittableRandom(5);
        float[] weight = new float[hidden * width];
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (float) random.nextDouble(-0.1, 0.1);
        }
        write(TrainableValues.projection(weight, new float[hidden]), projection);
        return List.of(
                "model.llama_model=" + RandomModel.llama(weights),
                "model.q_former_model=" + RandomModel.qformer(weights),
                "model.vit_weights=" + RandomModel.vit(weights),
                "model.ckpt=" + projection);
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
