package org.minigpt4j.weights;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignText;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Writes the tensors of a weight file or folder in another format, bit for bit. The target's name
 * selects the format: {@code .safetensors}; {@code .pth}, {@code .pt} or {@code .bin} for
 * torch.save; anything else is a Hugging Face folder.
 *
 * @param in anything that {@link TensorSource#open} reads
 * @param out the file or folder to write
 * @param under for torch.save: the key that the state dict is stored under, such as {@code model}
 */
public record Conversion(Path in, Path out, Optional<String> under) {
    private static final Set<String> SETTINGS = Set.of("json", "model", "txt");

    /**
     * The tensors written, and the keys next to the state dict of a torch.save file that were not.
     */
    public record Result(Collection<TensorInfo> tensors, Collection<String> leftOut) {}

    /**
     * Converts; {@code progress} receives every tensor once it is written.
     *
     * @throws UsageException if the source cannot be read, or the target cannot hold it
     */
    public Result run(Consumer<TensorInfo> progress) {
        String name = out.getFileName().toString();
        boolean torch = name.matches(".*\\.(pth|pt|bin)");
        if (under.isPresent() && !torch) {
            throw new UsageException(
                    "only a .pth file can hold tensors under '%s', not %s"
                            .formatted(under.get(), out));
        }
        try (TensorSource source = TensorSource.open(in)) {
            if (!source.unread().isEmpty()) {
                throw new UsageException(
                        "%s cannot be converted without loss: it holds %s, a type that is not supported"
                                .formatted(in, first(source.unread())));
            }
            if (torch) {
                toTorch(source, progress);
            } else if (name.endsWith(".safetensors")) {
                toSafetensors(source, progress);
            } else {
                toFolder(source, progress);
            }
            return new Result(
                    List.copyOf(source.tensors().values()), List.copyOf(source.rest().keySet()));
        }
    }

    private static String first(Map<String, String> unread) {
        Map.Entry<String, String> first = unread.entrySet().iterator().next();
        return ForeignText.line(first.getKey()) + " as " + first.getValue();
    }

    private void toTorch(TensorSource source, Consumer<TensorInfo> progress) {
        var stateDict = new LinkedHashMap<String, Object>();
        source.tensors()
                .forEach((key, info) -> stateDict.put(key, new Lazy(source, info, progress)));
        Object tree = stateDict;
        if (under.isPresent()) {
            tree = Map.of(under.get(), stateDict);
        }
        TorchWriter.write(out, tree);
    }

    private void toSafetensors(TensorSource source, Consumer<TensorInfo> progress) {
        Collection<TensorInfo> tensors = source.tensors().values();
        Map<String, String> metadata =
                source.metadata().isEmpty() ? Map.of("format", "pt") : source.metadata();
        try (var writer = SafetensorsWriter.create(out, tensors, metadata)) {
            for (TensorInfo info : tensors) {
                writer.write(info.key(), source.read(info.key()));
                progress.accept(info);
            }
            writer.commit();
        }
    }

    private void toFolder(TensorSource source, Consumer<TensorInfo> progress) {
        Collection<TensorInfo> tensors = source.tensors().values();
        try (var writer = HfFolderWriter.create(out, tensors, HfFolderWriter.SHARD_BYTES)) {
            settings().forEach(file -> AtomicFile.copy(file, out.resolve(file.getFileName())));
            for (TensorInfo info : tensors) {
                writer.write(info.key(), source.read(info.key()));
                progress.accept(info);
            }
            writer.commit();
        }
    }

    /** The configuration and tokenizer files of a folder, which belong to its weights. */
    private List<Path> settings() {
        Path folder = Files.isDirectory(in) ? in : in.toAbsolutePath().getParent();
        if (!Files.exists(folder.resolve("config.json"))) {
            return List.of();
        }
        List<Path> settings = new ArrayList<>();
        try (var files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                String suffix = name.substring(name.lastIndexOf('.') + 1);
                if (Files.isRegularFile(file)
                        && SETTINGS.contains(suffix)
                        && !name.endsWith(".index.json")) {
                    settings.add(file);
                }
            }
        } catch (IOException e) {
            throw MappedFile.cannotRead(folder, e);
        }
        return settings;
    }

    /** A tensor that is read only when the writer needs it. */
    private record Lazy(TensorSource source, TensorInfo info, Consumer<TensorInfo> progress)
            implements TorchTensor {

        @Override
        public DType dtype() {
            return info.dtype();
        }

        @Override
        public long[] shape() {
            return info.shape();
        }

        @Override
        public ByteBuffer read() {
            progress.accept(info);
            return source.read(info.key());
        }
    }
}
