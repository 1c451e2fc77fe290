package org.minigpt4j.eval.answer;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.io.ForeignJson;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of answers, one line of JSON each, in the order of the plan. A killed run continues after
 * the last whole line and ends with the same bytes as an uninterrupted one.
 */
final class AnswerFile implements AutoCloseable {

    private final Path file;
    private final FileChannel channel;
    private final List<Given> before = new ArrayList<>();

    private AnswerFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens the file and truncates it after its last whole line.
     *
     * @param ids of the questions, in the order of their answers
     * @throws UsageException if the file contains answers to other questions
     */
    static AnswerFile open(Path file, List<String> ids) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            AnswerFile opened =
                    new AnswerFile(
                            file,
                            FileChannel.open(
                                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
            long kept = opened.keep(bytes, ids);
            opened.channel.truncate(kept);
            opened.channel.position(kept);
            return opened;
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(file, e);
        }
    }

    /** Reads the whole lines and returns the offset of the byte after the last one. */
    private long keep(byte[] bytes, List<String> ids) {
        int at = 0;
        for (String id : ids) {
            int end = at;
            while (end < bytes.length && bytes[end] != '\n') {
                end++;
            }
            if (end == bytes.length) {
                return at;
            }
            String line = new String(bytes, at, end - at, StandardCharsets.UTF_8);
            Given given = Given.read(ForeignJson.parse(file.toString(), line));
            if (!given.id().equals(id)) {
                throw new UsageException(
                        "%s contains answers to other questions; choose another --out"
                                .formatted(file));
            }
            before.add(given);
            at = end + 1;
        }
        return at;
    }

    /** The answers that the file already contained. */
    List<Given> before() {
        return before;
    }

    /** Appends the next answer. */
    void add(Given given) {
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(given.line() + "\n");
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(file, e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(file, e);
        }
    }
}
