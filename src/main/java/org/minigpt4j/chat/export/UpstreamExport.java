package org.minigpt4j.chat.export;

import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.TrainedTensors;
import org.minigpt4j.checkpoint.UpstreamCheckpoint;
import org.minigpt4j.config.EvalConfig;
import org.minigpt4j.model.ModelFiles;
import org.minigpt4j.model.TrainableTensor;
import org.minigpt4j.model.TrainableValues;
import org.minigpt4j.weights.DType;
import org.minigpt4j.weights.MiniGpt4Pth;
import org.minigpt4j.weights.TorchTensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Exports the trained tensors of a model for upstream's Python code, where the file is used as
 * {@code model.ckpt}.
 *
 * @param out the folder to write; it gets one file
 */
public record UpstreamExport(EvalConfig config, Path out) {

    private static final String NAME = "pretrained_minigpt4.pth";

    /**
     * Exports the trained tensors.
     *
     * @return the file
     */
    public Path run() {
        Path file = out.resolve(NAME);
        if (Files.exists(file)) {
            throw new UsageException("%s already exists; choose another folder".formatted(file));
        }
        Path ckpt = config.model().ckpt().orElseThrow();
        if (UpstreamCheckpoint.isExportable(ckpt)) {
            UpstreamCheckpoint.export(ckpt, file);
            return file;
        }
        ModelFiles files = new ModelFiles(config.model(), config::where);
        String setting = config.where("model.ckpt") + ": model.ckpt";
        TrainableValues trained = TrainedTensors.read(ckpt, setting, files.trainable(true));
        write(trained, file);
        return file;
    }

    /**
     * Writes trained tensors to a file that {@code model.ckpt} accepts here and in upstream's
     * Python code.
     */
    public static void write(TrainableValues trained, Path file) {
        Map<String, TorchTensor> tensors = new LinkedHashMap<>();
        for (TrainableTensor tensor : trained.set().tensors()) {
            tensors.put(
                    tensor.name(),
                    tensor(trained.floats(tensor.name()), tensor.shape().getShape()));
        }
        new MiniGpt4Pth(tensors, Optional.empty(), Optional.empty(), Map.of(), 0).write(file);
    }

    private static TorchTensor tensor(float[] values, long... shape) {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(values.length * Float.BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return TorchTensor.of(DType.F32, shape, bytes);
    }
}
