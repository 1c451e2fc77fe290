package org.minigpt4j.prepare.list;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;
import org.minigpt4j.data.shard.SampleGroups;
import org.minigpt4j.io.RemoteFiles;
import org.minigpt4j.text.CaptionText;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Pictures in a folder, each with its caption under {@code caption} in a {@code .json}, or else in
 * a {@code .txt}, of the same name. One that has neither is a pair without a caption.
 *
 * @param files the pictures
 * @param all what else lies there, too
 */
record ImageFolderList(List<ListFile> files, List<ListFile> all, Map<String, String> hadoop)
        implements PairList {

    private static final int PER_TASK = 1000;

    /** A picture and what lies beside it, null where there is none. */
    private record Pair(String picture, String json, String text) implements Serializable {}

    @Override
    public String description() {
        return "pictures (%s), %d of them with a caption beside them"
                .formatted(
                        PairLists.amount(files),
                        pairs().stream()
                                .filter(pair -> pair.json() != null || pair.text() != null)
                                .count());
    }

    private List<Pair> pairs() {
        Map<String, String> objects = new HashMap<>();
        Map<String, String> texts = new HashMap<>();
        for (ListFile file : all) {
            if (file.address().endsWith(".json")) {
                objects.put(stem(file), file.address());
            } else if (file.address().endsWith(".txt")) {
                texts.put(stem(file), file.address());
            }
        }
        return pictures(objects, texts).stream()
                .map(
                        file ->
                                new Pair(
                                        file.address(),
                                        objects.get(stem(file)),
                                        texts.get(stem(file))))
                .toList();
    }

    /** Of several files of one name the picture; a mask beside it ({@code a.mask.png}) is none. */
    private List<ListFile> pictures(Map<String, String> objects, Map<String, String> texts) {
        Map<String, ListFile> byStem = new LinkedHashMap<>();
        for (ListFile file : files) {
            byStem.merge(stem(file), file, (a, b) -> rank(b) < rank(a) ? b : a);
        }
        List<ListFile> pictures = new ArrayList<>();
        byStem.forEach(
                (stem, file) -> {
                    boolean captioned = objects.containsKey(stem) || texts.containsKey(stem);
                    String shorter = stem.replaceFirst("\\.[^./]*$", "");
                    if (captioned || shorter.equals(stem) || !byStem.containsKey(shorter)) {
                        pictures.add(file);
                    }
                });
        return pictures;
    }

    private static int rank(ListFile file) {
        return SampleGroups.IMAGES.indexOf(file.ending());
    }

    @Override
    public List<String> notices() {
        Set<String> taken = pairs().stream().map(Pair::picture).collect(Collectors.toSet());
        List<ListFile> others =
                files.stream().filter(file -> !taken.contains(file.address())).toList();
        return others.isEmpty()
                ? List.of()
                : List.of(
                        "%d further pictures of a sample, such as %s, are not taken; of several the first of %s is the picture"
                                .formatted(
                                        others.size(),
                                        others.get(0).name(),
                                        String.join(", ", SampleGroups.IMAGES)));
    }

    private static String stem(ListFile file) {
        return file.address().replaceFirst("\\.[^./]*$", "");
    }

    @Override
    public JavaRDD<Row> rows(JavaSparkContext context) {
        List<Pair> pairs = pairs();
        Map<String, String> options = hadoop;
        return context.parallelize(pairs, 1 + pairs.size() / PER_TASK)
                .mapPartitions(part -> rows(part, options));
    }

    private static Iterator<Row> rows(Iterator<Pair> pairs, Map<String, String> hadoop)
            throws IOException {
        List<Row> rows = new ArrayList<>();
        try (RemoteFiles files = new RemoteFiles(hadoop)) {
            while (pairs.hasNext()) {
                Pair pair = pairs.next();
                try {
                    rows.add(
                            PairList.row(
                                    pair.picture(), caption(files, pair), pair.picture(), null));
                } catch (CaptionText.BrokenCaptionException e) {
                    rows.add(
                            PairList.broken(
                                    "the caption of %s %s"
                                            .formatted(pair.picture(), e.getMessage())));
                }
            }
        }
        return rows.iterator();
    }

    private static String caption(RemoteFiles files, Pair pair)
            throws IOException, CaptionText.BrokenCaptionException {
        Optional<String> caption =
                pair.json() == null
                        ? Optional.empty()
                        : CaptionText.inJson(bytes(files, pair.json()));
        if (caption.isPresent()) {
            return caption.get();
        }
        return pair.text() == null ? null : CaptionText.plain(bytes(files, pair.text())).strip();
    }

    private static byte[] bytes(RemoteFiles files, String address) throws IOException {
        try (InputStream in = files.read(address)) {
            return in.readAllBytes();
        }
    }
}
