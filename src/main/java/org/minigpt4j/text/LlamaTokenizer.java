package org.minigpt4j.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules around the pieces. Encoding: special tokens are found first and everything between two
 * of them is cut on its own, so each such run has its own dummy prefix. Decoding: a run of pieces
 * is joined as SentencePiece joins it ({@code ▁} to space, bytes to characters, the dummy prefix
 * dropped), a special token is spelled out.
 */
final class LlamaTokenizer implements Tokenizer {

    private static final Pattern BYTE_PIECE = Pattern.compile("<0x([0-9A-F]{2})>");

    /** Pieces without a text, where the folder's files give their role to another token. */
    private static final Set<String> CONTROLS = Set.of("<s>", "</s>");

    private final Pieces pieces;
    private final SpecialTokens specials;
    private final Pattern specialPattern;

    /** The byte a piece stands for, or -1; by id. */
    private final int[] bytes;

    private LlamaTokenizer(Pieces pieces, SpecialTokens specials) {
        this.pieces = pieces;
        this.specials = specials;
        this.specialPattern = specials.pattern();
        this.bytes = new int[pieces.size()];
        for (int id = 0; id < bytes.length; id++) {
            Matcher matcher = BYTE_PIECE.matcher(pieces.piece(id));
            bytes[id] = matcher.matches() ? Integer.parseInt(matcher.group(1), 16) : -1;
        }
    }

    static LlamaTokenizer over(Pieces pieces, Path folder) {
        try {
            return new LlamaTokenizer(pieces, SpecialTokens.read(folder, pieces));
        } catch (RuntimeException e) {
            pieces.close();
            throw e;
        }
    }

    @Override
    public int[] encode(String text) {
        // Half a surrogate pair has no UTF-8 form; a question mark, the same for both back ends.
        String rest = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        List<int[]> parts = new ArrayList<>();
        Matcher matcher = specialPattern.matcher(rest);
        int from = 0;
        boolean stripStart = false;
        while (matcher.find()) {
            SpecialTokens.Token token = specials.byText().get(matcher.group());
            plain(parts, rest.substring(from, matcher.start()), stripStart, token.stripLeft());
            parts.add(new int[] {token.id()});
            from = matcher.end();
            stripStart = token.stripRight();
        }
        plain(parts, rest.substring(from), stripStart, false);
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    private void plain(List<int[]> parts, String text, boolean stripStart, boolean stripEnd) {
        String run = stripStart ? text.stripLeading() : text;
        run = stripEnd ? run.stripTrailing() : run;
        if (!run.isEmpty()) {
            parts.add(pieces.encode(run));
        }
    }

    @Override
    public String decode(int[] all) {
        // A model may have more rows than there are tokens; such an id has no text.
        int[] ids = Arrays.stream(all).filter(this::isKnown).toArray();
        List<String> runs = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= ids.length; i++) {
            if (i == ids.length || specials.added().containsKey(ids[i])) {
                if (i > from) {
                    runs.add(decodeRun(Arrays.copyOfRange(ids, from, i)));
                }
                if (i < ids.length) {
                    runs.add(specials.added().get(ids[i]));
                }
                from = i + 1;
            }
        }
        return String.join(" ", runs);
    }

    private boolean isKnown(int id) {
        return id >= 0 && (id < bytes.length || specials.added().containsKey(id));
    }

    /** Ids without added tokens; the specials among them are pieces of the vocabulary. */
    private String decodeRun(int[] ids) {
        StringBuilder text = new StringBuilder();
        List<Integer> run = new ArrayList<>();
        boolean afterSpecial = false;
        for (int i = 0; i < ids.length; i++) {
            String piece = pieces.piece(ids[i]);
            if (specials.byText().containsKey(piece)) {
                // The reference puts the space before the run that the special token ends.
                text.append(i > 0 && !afterSpecial ? " " : "").append(join(run)).append(piece);
                run.clear();
                afterSpecial = true;
            } else {
                run.add(ids[i]);
                afterSpecial = false;
            }
        }
        return text.append(join(run)).toString();
    }

    private String join(List<Integer> ids) {
        StringBuilder text = new StringBuilder();
        ByteArrayOutputStream pending = new ByteArrayOutputStream();
        boolean start = true;
        for (int id : ids) {
            String piece = pieces.piece(id);
            if (bytes[id] >= 0) {
                pending.write(bytes[id]);
            } else {
                flush(pending, text);
                if (CONTROLS.contains(piece)) {
                    continue;
                }
                String shown = start && piece.startsWith("▁") ? piece.substring(1) : piece;
                text.append(shown.replace('▁', ' '));
            }
            start = false;
        }
        flush(pending, text);
        return text.toString();
    }

    /** Bytes that are no UTF-8 become one replacement character each, as in SentencePiece. */
    private static void flush(ByteArrayOutputStream pending, StringBuilder text) {
        byte[] run = pending.toByteArray();
        pending.reset();
        for (int i = 0; i < run.length; ) {
            int lead = run[i] & 0xFF;
            int length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
            String character = "\uFFFD";
            if (i + length <= run.length) {
                try {
                    character =
                            StandardCharsets.UTF_8
                                    .newDecoder()
                                    .decode(ByteBuffer.wrap(run, i, length))
                                    .toString();
                } catch (CharacterCodingException e) {
                    length = 1;
                }
            } else {
                length = 1;
            }
            text.append(character);
            i += length;
        }
    }

    @Override
    public int vocabSize() {
        return specials.vocabSize();
    }

    @Override
    public int bosId() {
        return specials.bosId();
    }

    @Override
    public int eosId() {
        return specials.eosId();
    }

    @Override
    public int unkId() {
        return specials.unkId();
    }

    @Override
    public void close() {
        pieces.close();
    }
}
