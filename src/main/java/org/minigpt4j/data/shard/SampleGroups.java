package org.minigpt4j.data.shard;

import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.io.ForeignText;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Groups the members of a tar into samples by WebDataset's rules. Members whose paths agree up to
 * the first dot of the file name form one sample; the part after the dot, in lower case, is the
 * type of the file. Members whose file name has no dot or starts with one, and those under {@code
 * __name__}, are skipped. Unlike in WebDataset, members of a sample need not be consecutive.
 */
public final class SampleGroups {

    /** File types of pictures; if a sample has several, the first in this list is used. */
    public static final List<String> IMAGES = List.of("jpg", "jpeg", "png", "webp");

    private static final Set<String> CAPTIONS = Set.of("json", "txt");
    private static final Pattern NAME =
            Pattern.compile("((?:.*/|)[^.]+)[.]([^/]*)", Pattern.DOTALL);
    private static final Pattern META = Pattern.compile("__[^/]*__(?:/.*)?", Pattern.DOTALL);

    /** A member larger than this, in bytes, is not accepted as a picture or caption. */
    private static final long MAX_FILE = 1 << 28;

    private static final int MOST_SHOWN = 200;

    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final List<ShardIndex.Flaw> flaws = new ArrayList<>();
    private Group open;
    private long samplesWithMore;
    private String more;

    /** The files with the same key. */
    private static final class Group {

        final String key;
        final Map<String, Span> files = new HashMap<>();
        final Set<String> dotted = new LinkedHashSet<>();
        String twice;
        String tooLong;
        String another;

        Group(String key) {
            this.key = key;
        }

        void add(String suffix, TarMember member) {
            boolean known = IMAGES.contains(suffix) || CAPTIONS.contains(suffix);
            if (!known) {
                String ending = suffix.substring(suffix.lastIndexOf('.') + 1);
                if (IMAGES.contains(ending)) {
                    another = shown(member.name());
                    dotted.add(another);
                }
                return;
            }
            if (files.containsKey(suffix)) {
                twice = shown(member.name());
            }
            if (member.length() > MAX_FILE) {
                tooLong =
                        "%s has %d bytes, more than the %d that a picture or caption may have"
                                .formatted(shown(member.name()), member.length(), MAX_FILE);
                files.put(suffix, Span.NONE);
            } else {
                files.put(suffix, new Span(member.offset(), member.length()));
            }
        }

        /** Adds the files of a later group with the same key; returns false if they overlap. */
        boolean complete(Group later) {
            if (later.files.keySet().stream().anyMatch(files::containsKey)) {
                return false;
            }
            files.putAll(later.files);
            dotted.addAll(later.dotted);
            another = another == null ? later.another : another;
            tooLong = tooLong == null ? later.tooLong : tooLong;
            twice = twice == null ? later.twice : twice;
            return true;
        }

        Span file(String suffix) {
            return files.getOrDefault(suffix, Span.NONE);
        }

        List<String> pictures() {
            return IMAGES.stream().filter(suffix -> file(suffix).exists()).toList();
        }

        boolean hasCaption() {
            return file("json").exists() || file("txt").exists();
        }
    }

    /** Adds a member. Call it in the order of the tar. */
    public void add(TarMember member) {
        Matcher matcher = NAME.matcher(member.name());
        if (META.matcher(member.name()).matches() || !matcher.matches()) {
            return;
        }
        if (open == null || !matcher.group(1).equals(open.key)) {
            close();
            open = new Group(matcher.group(1));
        }
        open.add(matcher.group(2).toLowerCase(Locale.ROOT), member);
    }

    private void close() {
        if (open == null) {
            return;
        }
        Group before = groups.putIfAbsent(open.key, open);
        if (before != null && !before.complete(open)) {
            flaw(open, Fault.DUPLICATE_KEY, "an earlier sample has the same key");
        }
    }

    /**
     * Returns the samples in the order of their first members, and the flaws.
     *
     * @param cut true if the tar ends too early; an incomplete sample at its end is then part of
     *     that damage
     * @param bare true to keep samples without a caption
     */
    public ShardIndex finish(long tarLength, boolean cut, boolean bare) {
        Group last = open;
        close();
        open = null;
        List<ShardIndex.Entry> entries = new ArrayList<>();
        for (Group group : groups.values()) {
            List<String> pictures = group.pictures();
            boolean captioned = bare || group.hasCaption();
            if (cut && group == last && (pictures.isEmpty() || !captioned)) {
                continue;
            }
            if (group.twice != null) {
                flaw(group, Fault.DUPLICATE_KEY, "%s occurs twice".formatted(group.twice));
            } else if (pictures.isEmpty()) {
                noPicture(group);
            } else if (!captioned) {
                flaw(
                        group,
                        Fault.NO_CAPTION,
                        group.tooLong == null ? "neither a json nor a txt file" : group.tooLong);
            } else if (group.file(pictures.get(0)).length() == 0) {
                flaw(group, Fault.EMPTY_IMAGE, "the picture has no bytes");
            } else {
                countMore(group, pictures);
                entries.add(
                        new ShardIndex.Entry(
                                group.key,
                                group.file(pictures.get(0)),
                                group.file("json"),
                                group.file("txt")));
            }
        }
        if (samplesWithMore > 0) {
            flaws.add(
                    new ShardIndex.Flaw(
                            "",
                            Fault.MORE_PICTURES,
                            ("%d sample(s) have further pictures, such as %s, which"
                                            + " are ignored; of several pictures the first of %s is"
                                            + " used")
                                    .formatted(samplesWithMore, more, String.join(", ", IMAGES)),
                            0));
        }
        return new ShardIndex(tarLength, entries, flaws);
    }

    private void countMore(Group group, List<String> pictures) {
        if (pictures.size() > 1 || group.another != null) {
            samplesWithMore++;
            if (more == null) {
                more = pictures.size() > 1 ? group.key + "." + pictures.get(1) : group.another;
            }
        }
    }

    private void noPicture(Group group) {
        if (group.tooLong != null) {
            flaw(group, Fault.NO_IMAGE, group.tooLong);
        } else if (group.dotted.isEmpty()) {
            flaw(group, Fault.NO_IMAGE, "no file of it is a " + String.join(", ", IMAGES));
        } else {
            flaws.add(
                    new ShardIndex.Flaw(
                            group.key,
                            Fault.NO_IMAGE,
                            "a key ends at the first dot of a file name, so %s and %d other pictures have the key %s; replace the dots with another character"
                                    .formatted(
                                            group.dotted.iterator().next(),
                                            group.dotted.size() - 1,
                                            shown(group.key)),
                            group.dotted.size()));
        }
    }

    private static String shown(String name) {
        return ForeignText.line(name, MOST_SHOWN);
    }

    private void flaw(Group group, Fault fault, String detail) {
        flaws.add(new ShardIndex.Flaw(group.key, fault, detail, 1));
    }
}
