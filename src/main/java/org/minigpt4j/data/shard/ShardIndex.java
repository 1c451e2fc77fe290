package org.minigpt4j.data.shard;

import org.minigpt4j.data.sample.Fault;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where each sample of a shard lies, so that any one can be read without the others. Samples are
 * found by WebDataset's rules: consecutive members whose paths agree up to the first dot of the
 * file name are one sample; what follows the dot, in lower case, says what the file is; members
 * whose file name has no dot or starts with one, and those under {@code __name__}, are passed over.
 *
 * @param tarLength bytes in the shard this index was made from
 * @param entries the samples that have a picture and a caption file, in order
 * @param faults what else was found
 */
record ShardIndex(long tarLength, List<Entry> entries, List<Flaw> faults) {

    private static final Pattern NAME =
            Pattern.compile("((?:.*/|)[^.]+)[.]([^/]*)", Pattern.DOTALL);
    private static final Pattern META = Pattern.compile("__[^/]*__(?:/.*)?", Pattern.DOTALL);
    private static final List<String> IMAGES = List.of("jpg", "jpeg", "png", "webp");

    /** A member larger than this is no picture and no caption. */
    private static final long MAX_FILE = 1 << 28;

    /** One sample: its key and its files. One of {@code json} and {@code text} may be missing. */
    public record Entry(String key, Span image, Span json, Span text) {}

    /** A sample that cannot be used, or the reason why the shard's rest cannot. */
    record Flaw(String key, Fault fault, String detail) {}

    static ShardIndex scan(Path tar) throws IOException {
        return scan(new Shard.Local(tar));
    }

    static ShardIndex scan(Shard shard) throws IOException {
        try (FileChannel channel = shard.open()) {
            TarScan.Result result = TarScan.of(channel);
            Grouping grouping = new Grouping();
            result.members().forEach(grouping::add);
            grouping.finish();
            result.damage()
                    .ifPresent(
                            detail ->
                                    grouping.flaws.add(
                                            new Flaw(
                                                    shard.address()
                                                            .substring(
                                                                    shard.address().lastIndexOf('/')
                                                                            + 1),
                                                    Fault.BROKEN_SHARD,
                                                    detail)));
            return new ShardIndex(channel.size(), grouping.entries, grouping.flaws);
        }
    }

    private static final class Grouping {

        private final List<Entry> entries = new ArrayList<>();
        private final List<Flaw> flaws = new ArrayList<>();
        private final Set<String> keys = new HashSet<>();
        private String key;
        private Span image;
        private Span json;
        private Span text;
        private boolean twice;

        void add(TarMember member) {
            Matcher matcher = NAME.matcher(member.name());
            if (META.matcher(member.name()).matches() || !matcher.matches()) {
                return;
            }
            if (!matcher.group(1).equals(key)) {
                finish();
                key = matcher.group(1);
                image = Span.NONE;
                json = Span.NONE;
                text = Span.NONE;
                twice = false;
            }
            Span span =
                    member.length() <= MAX_FILE
                            ? new Span(member.offset(), member.length())
                            : Span.NONE;
            String suffix = matcher.group(2).toLowerCase(Locale.ROOT);
            if (IMAGES.contains(suffix)) {
                twice |= image.exists();
                image = span;
            } else if (suffix.equals("json")) {
                twice |= json.exists();
                json = span;
            } else if (suffix.equals("txt")) {
                twice |= text.exists();
                text = span;
            }
        }

        void finish() {
            if (key == null) {
                return;
            }
            if (!keys.add(key)) {
                flaw(Fault.DUPLICATE_KEY, "the key came before");
            } else if (twice) {
                flaw(Fault.DUPLICATE_KEY, "one of its files comes twice");
            } else if (!image.exists()) {
                flaw(Fault.NO_IMAGE, "no file of it is a " + String.join(", ", IMAGES));
            } else if (!json.exists() && !text.exists()) {
                flaw(Fault.NO_CAPTION, "neither a json nor a txt file");
            } else if (image.length() == 0) {
                flaw(Fault.EMPTY_IMAGE, "the picture has no bytes");
            } else {
                entries.add(new Entry(key, image, json, text));
            }
            key = null;
        }

        private void flaw(Fault fault, String detail) {
            flaws.add(new Flaw(key, fault, detail));
        }
    }
}
