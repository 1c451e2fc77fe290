package org.minigpt4j.weights;

import org.minigpt4j.UsageException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Predicate;

/** Recognises formats by their first bytes, and explains why some cannot be read. */
final class TensorFiles {
    private static final int HEAD = 512;

    /** The kind of a file, by its first bytes. */
    private enum Kind {
        SAFETENSORS,
        ZIP,
        JSON,
        PICKLE,
        TAR,
        LFS_POINTER,
        WEB_PAGE,
        EMPTY,
        UNKNOWN
    }

    private TensorFiles() {}

    static TensorSource open(Path path) {
        return open(path, key -> true);
    }

    /** Opens only these keys, if the path is a folder or an index of shards. */
    static TensorSource open(Path path, Predicate<String> wanted) {
        if (Files.isDirectory(path)) {
            return HfFolder.open(path, wanted);
        }
        MappedFile file = MappedFile.open(path);
        if (kind(file) == Kind.JSON) {
            try (file) {
                return HfFolder.openIndex(file, wanted);
            }
        }
        return openOne(file);
    }

    /** Opens a single file, not an index. Takes ownership and closes it if it is invalid. */
    static TensorSource openOne(MappedFile file) {
        try {
            return switch (kind(file)) {
                case SAFETENSORS -> SafetensorsFile.open(file);
                case ZIP -> TorchStateDict.of(TorchFile.open(file));
                default -> throw refusal(file);
            };
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    static void requireZip(MappedFile file) {
        Kind kind = kind(file);
        if (kind == Kind.SAFETENSORS || kind == Kind.JSON) {
            throw new UsageException(file.path() + " is not a file of torch.save");
        }
        if (kind != Kind.ZIP) {
            throw refusal(file);
        }
    }

    private static Kind kind(MappedFile file) {
        byte[] head = file.head(HEAD);
        String text = new String(head, StandardCharsets.ISO_8859_1);
        if (head.length == 0) {
            return Kind.EMPTY;
        }
        if (isSafetensors(head)) {
            return Kind.SAFETENSORS;
        }
        if (text.startsWith("PK\3\4") || text.startsWith("PK\5\6")) {
            return Kind.ZIP;
        }
        if (text.startsWith("version https://git-lfs")) {
            return Kind.LFS_POINTER;
        }
        if (text.startsWith("ustar", 257)) {
            return Kind.TAR;
        }
        if (head[0] == (byte) 0x80 && head.length > 1 && head[1] >= 0 && head[1] <= 5) {
            return Kind.PICKLE;
        }
        return switch (text.stripLeading().isEmpty() ? ' ' : text.stripLeading().charAt(0)) {
            case '{' -> Kind.JSON;
            case '<' -> Kind.WEB_PAGE;
            default -> Kind.UNKNOWN;
        };
    }

    private static boolean isSafetensors(byte[] head) {
        if (head.length <= Long.BYTES || head[Long.BYTES] != '{') {
            return false;
        }
        long length = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return length > 0 && length <= SafetensorsHeader.LONGEST;
    }

    private static UsageException refusal(MappedFile file) {
        String what =
                switch (kind(file)) {
                    case PICKLE ->
                            "is in PyTorch's format from before 1.6, which is not supported. "
                                    + resave(file);
                    case TAR ->
                            "is in PyTorch's first format (a tar), which is not supported. "
                                    + resave(file);
                    case LFS_POINTER ->
                            "is a Git LFS pointer, not the weights: run 'git lfs pull'"
                                    + " where it was cloned, or download the file itself";
                    case WEB_PAGE -> "is a web page, not weights: the download failed";
                    case EMPTY -> "is empty";
                    case JSON -> "is JSON, not a file of tensors";
                    default -> "is neither a safetensors file nor one of torch.save";
                };
        return new UsageException(file.path() + " " + what);
    }

    private static String resave(MappedFile file) {
        return "In a current PyTorch: torch.save(torch.load('%1$s', map_location='cpu'), '%1$s')"
                .formatted(file.path().getFileName());
    }
}
