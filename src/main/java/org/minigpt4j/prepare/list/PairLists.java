package org.minigpt4j.prepare.list;

import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.ListFormat;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.data.shard.ShardPlaces;
import org.minigpt4j.io.RemoteFiles;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** Finds out what a source of the configuration is. */
public final class PairLists {

    /** What is read of a file to tell its layout. */
    static final int HEAD = 1 << 16;

    /** Endings of the pictures that can be decoded. */
    static final Set<String> IMAGES = Set.of("jpg", "jpeg", "png", "webp");

    private final SparkSession spark;
    private final RemoteFiles files;

    public PairLists(SparkSession spark, RemoteFiles files) {
        this.spark = spark;
        this.files = files;
    }

    /**
     * Opens a list's files far enough to know how to read it.
     *
     * @throws UsageException if there is none, or it is not known what it is
     */
    public PairList open(String name, PrepareSourceConfig source) {
        try {
            List<ListFile> found = find(name, source.path());
            if (found.isEmpty()) {
                throw new UsageException(
                        "sources.%s.path: there is nothing at %s"
                                .formatted(name, String.join(", ", source.path())));
            }
            ListFormat format =
                    source.format() == ListFormat.AUTO ? recognise(name, found) : source.format();
            List<ListFile> ofFormat = only(format, found);
            if (ofFormat.isEmpty()) {
                throw new UsageException(
                        "sources.%s.format: is %s, but there is no such file at %s"
                                .formatted(
                                        name,
                                        format.name().toLowerCase(Locale.ROOT),
                                        String.join(", ", source.path())));
            }
            return switch (format) {
                case JSON -> JsonList.open(name, source, ofFormat, files);
                case SBU -> SbuList.open(name, source, ofFormat, files);
                case PARQUET -> TableList.parquet(name, source, ofFormat, spark);
                case TSV -> TableList.text(name, source, ofFormat, files, '\t');
                case CSV -> TableList.text(name, source, ofFormat, files, ',');
                case IMAGES -> new ImageFolderList(ofFormat, found, files.options());
                case TARS -> new TarList(ofFormat, files.options());
                case AUTO -> throw new IllegalStateException("recognised as nothing");
            };
        } catch (IOException e) {
            throw new UsageException(
                    "sources.%s.path: %s cannot be read: %s"
                            .formatted(name, String.join(", ", source.path()), e.getMessage()),
                    e);
        }
    }

    /** Every file that the places name, by address; folders with all that is in them. */
    private List<ListFile> find(String name, List<String> places) throws IOException {
        List<ListFile> found = new ArrayList<>();
        for (String place : places) {
            for (String one : ShardPlaces.expand(place)) {
                String address = uri(one);
                if (one.matches(".*[*?\\[].*")) {
                    for (RemoteFiles.Entry entry : files.glob(address)) {
                        add(entry, found);
                    }
                } else {
                    RemoteFiles.Entry entry =
                            files.stat(address)
                                    .orElseThrow(
                                            () ->
                                                    new UsageException(
                                                            "sources.%s.path: there is no %s"
                                                                    .formatted(name, one)));
                    add(entry, found);
                }
            }
        }
        return found;
    }

    /** Hadoop's address of a place: a local path gets its scheme. */
    public static String uri(String place) {
        return place.matches("[A-Za-z][A-Za-z0-9+.-]+:/.*")
                ? place
                : "file:" + java.nio.file.Path.of(place).toAbsolutePath().normalize();
    }

    /** Whether a folder is a place, or lies below it; links on this machine are followed. */
    public static boolean isIn(String folder, String place) {
        URI inner = new Path(uri(folder)).toUri();
        URI outer = new Path(uri(place)).toUri();
        // One without a host has that of Hadoop's fs.defaultFS, which may be the other's.
        boolean sameStore =
                inner.getScheme().equals(outer.getScheme())
                        && (inner.getAuthority() == null
                                || outer.getAuthority() == null
                                || inner.getAuthority().equals(outer.getAuthority()));
        String within = path(outer).replaceAll("/+$", "") + "/";
        return sameStore && (path(inner) + "/").startsWith(within);
    }

    private static String path(URI uri) {
        if (!"file".equals(uri.getScheme())) {
            return uri.getPath();
        }
        java.nio.file.Path path = java.nio.file.Path.of(uri.getPath());
        java.nio.file.Path there = path;
        while (!Files.exists(there)) {
            there = there.getParent(); // at last the root, which exists
        }
        try {
            return there.toRealPath().resolve(there.relativize(path)).toString();
        } catch (IOException e) {
            return uri.getPath();
        }
    }

    private void add(RemoteFiles.Entry entry, List<ListFile> found) throws IOException {
        String name = entry.address().substring(entry.address().lastIndexOf('/') + 1);
        if (name.startsWith(".") || name.startsWith("_")) {
            return; // Hadoop's and Spark's marks
        }
        if (!entry.folder()) {
            found.add(new ListFile(entry.address(), entry.length()));
            return;
        }
        for (RemoteFiles.Entry child : files.list(entry.address())) {
            add(child, found);
        }
    }

    private ListFormat recognise(String name, List<ListFile> found) throws IOException {
        Map<String, ListFormat> endings =
                Map.of(
                        "tar", ListFormat.TARS,
                        "parquet", ListFormat.PARQUET,
                        "tsv", ListFormat.TSV,
                        "csv", ListFormat.CSV);
        // Shards have tables beside them, and pictures their captions.
        if (found.stream().anyMatch(file -> ending(file).equals("tar"))) {
            return ListFormat.TARS;
        }
        if (found.stream().anyMatch(file -> IMAGES.contains(ending(file)))) {
            return ListFormat.IMAGES;
        }
        ListFile first = found.get(0);
        if (endings.containsKey(ending(first))) {
            return endings.get(ending(first));
        }
        String text = text(head(files, first, HEAD)).stripLeading();
        if (text.startsWith("PAR1")) {
            return ListFormat.PARQUET;
        }
        if (text.startsWith("[") || text.startsWith("{")) {
            return text.matches("(?s)\\{\\s*\"[^\"]*\"\\s*:\\s*\\[.*")
                    ? ListFormat.SBU
                    : ListFormat.JSON;
        }
        String line = text.lines().findFirst().orElse("");
        if (line.contains("\t")) {
            return ListFormat.TSV;
        }
        if (line.contains(",")) {
            return ListFormat.CSV;
        }
        throw new UsageException(
                "sources.%s.format: what %s is cannot be told; say json, sbu, parquet, tsv, csv,"
                                .formatted(name, first.address())
                        + " images or tars");
    }

    /** Of the files that a folder holds, those that are the list itself. */
    private static List<ListFile> only(ListFormat format, List<ListFile> found) {
        return switch (format) {
            case TARS -> found.stream().filter(file -> ending(file).equals("tar")).toList();
            case IMAGES -> found.stream().filter(file -> IMAGES.contains(ending(file))).toList();
            case PARQUET ->
                    found.size() == 1
                            ? found
                            : found.stream()
                                    .filter(file -> ending(file).equals("parquet"))
                                    .toList();
            default -> found.stream().filter(file -> file.length() > 0).toList();
        };
    }

    /** What stands behind the last dot, a {@code .gz} aside. */
    private static String ending(ListFile file) {
        String name = file.address().toLowerCase(Locale.ROOT).replaceFirst("\\.gz$", "");
        return name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('/')) + 1);
    }

    /** The first bytes of a file, unpacked. */
    static byte[] head(RemoteFiles files, ListFile file, int bytes) throws IOException {
        try (InputStream in = open(files, file.address())) {
            return in.readNBytes(bytes);
        }
    }

    /** Bytes as text, without the mark of UTF-8 that some editors begin a file with. */
    static String text(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** A file from its first byte on, unpacked. */
    static InputStream open(RemoteFiles files, String address) throws IOException {
        InputStream in = new BufferedInputStream(files.read(address), 1 << 16);
        return isPacked(address) ? new GZIPInputStream(in, 1 << 16) : in;
    }

    static boolean isPacked(String address) {
        return address.toLowerCase(Locale.ROOT).endsWith(".gz");
    }

    /** "3 files, 1.2 GB". */
    static String amount(List<ListFile> files) {
        double bytes = files.stream().mapToLong(ListFile::length).sum();
        String[] units = {"bytes", "kB", "MB", "GB", "TB"};
        int unit = 0;
        while (bytes >= 1000 && unit < units.length - 1) {
            bytes /= 1000;
            unit++;
        }
        return String.format(
                Locale.ROOT,
                unit == 0 ? "%d file%s, %.0f %s" : "%d file%s, %.1f %s",
                files.size(),
                files.size() == 1 ? "" : "s",
                bytes,
                units[unit]);
    }
}
