package org.minigpt4j.text;

import ai.djl.sentencepiece.SpProcessor;
import ai.djl.sentencepiece.SpTokenizer;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.io.ReadFailure;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code tokenizer.model}: encoding by SentencePiece itself, the list of pieces read from the
 * protocol buffer, because the binding cannot tell how many there are.
 */
final class SentencePieceModel implements Pieces {

    private static final long LONGEST = 64 << 20;

    private final SpTokenizer tokenizer;
    private final SpProcessor processor;
    private final List<String> pieces;
    private final Map<String, Integer> ids = new HashMap<>();

    private SentencePieceModel(SpTokenizer tokenizer, List<String> pieces) {
        this.tokenizer = tokenizer;
        this.processor = tokenizer.getProcessor();
        this.pieces = pieces;
        for (int id = 0; id < pieces.size(); id++) {
            ids.putIfAbsent(pieces.get(id), id);
        }
    }

    static SentencePieceModel open(Path file) {
        try {
            if (Files.size(file) > LONGEST) {
                throw new IllegalArgumentException("it is longer than 64 MiB");
            }
            byte[] bytes = Files.readAllBytes(file);
            List<String> pieces = pieces(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
            if (pieces.isEmpty()) {
                throw new IllegalArgumentException("it has no pieces");
            }
            return new SentencePieceModel(new SpTokenizer(bytes), pieces);
        } catch (IOException e) {
            throw ReadFailure.of(file, e);
        } catch (RuntimeException e) {
            boolean ends = e instanceof IndexOutOfBoundsException;
            ends |= e instanceof BufferUnderflowException || e instanceof ArithmeticException;
            throw new UsageException(
                    ("%s is not a SentencePiece model: %s. It may be a Git LFS pointer or a broken"
                                    + " download; LLaMA's is 499,723 bytes.")
                            .formatted(
                                    file,
                                    ends
                                            ? "it ends in the middle of a field"
                                            : ForeignText.line(e.getMessage())),
                    e);
        }
    }

    @Override
    public int[] encode(String text) {
        return processor.encode(text);
    }

    @Override
    public int size() {
        return pieces.size();
    }

    @Override
    public String piece(int id) {
        return pieces.get(id);
    }

    @Override
    public int id(String piece) {
        return ids.getOrDefault(piece, -1);
    }

    @Override
    public void close() {
        tokenizer.close();
    }

    /** Field 1 of sentencepiece's {@code ModelProto}, repeated: a message whose field 1 is text. */
    private static List<String> pieces(ByteBuffer model) {
        List<String> pieces = new ArrayList<>();
        while (model.hasRemaining()) {
            ByteBuffer field = field(model, 1);
            if (field != null) {
                String piece = "";
                while (field.hasRemaining()) {
                    ByteBuffer text = field(field, 1);
                    if (text != null) {
                        piece = StandardCharsets.UTF_8.decode(text).toString();
                    }
                }
                pieces.add(piece);
            }
        }
        return List.copyOf(pieces);
    }

    /** Passes one field of a message; its bytes if it is the wanted, length-delimited one. */
    private static ByteBuffer field(ByteBuffer message, int wanted) {
        long tag = varint(message);
        int length =
                switch ((int) tag & 7) {
                    case 0 -> {
                        varint(message);
                        yield 0;
                    }
                    case 1 -> 8;
                    case 2 -> Math.toIntExact(varint(message));
                    case 5 -> 4;
                    default -> throw new IllegalArgumentException("not a protocol buffer");
                };
        ByteBuffer content = message.slice(message.position(), length);
        message.position(message.position() + length);
        return tag == (wanted << 3 | 2) ? content : null;
    }

    private static long varint(ByteBuffer from) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte next = from.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number without an end");
    }
}
