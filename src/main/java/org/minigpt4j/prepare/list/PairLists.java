package org.minigpt4j.prepare.list;

import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.minigpt4j.UsageException;
import org.minigpt4j.config.ListFormat;
import org.minigpt4j.config.PrepareSourceConfig;
import org.minigpt4j.data.shard.SampleGroups;
import org.minigpt4j.data.shard.ShardPlaces;
import org.minigpt4j.io.RemoteFiles;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** Finds out what a source of the configuration is. */
public final class PairLists {

    /** What is read of a file to tell its layout. */
    static final int HEAD = 1 << 16;

    /** Endings of pictures. */
    private static final List<String> IMAGES = SampleGroups.IMAGES;

    /** Formats of which a folder may hold several, each file by its own. */
    private static final Set<ListFormat> TEXTS =
            Set.of(ListFormat.JSON, ListFormat.SBU, ListFormat.TSV, ListFormat.CSV);

    /** Names that Hadoop, Spark and prepare give to what is no data; cameras use _ as well. */
    private static final Pattern MARKS =
            Pattern.compile(
                    "_SUCCESS|_temporary|_metadata|_common_metadata|_delta_log|_spark_metadata|_plan|_started_.*|_committed_.*|__MACOSX");

    private final JavaSparkContext spark;
    private final RemoteFiles files;

    public PairLists(JavaSparkContext spark, RemoteFiles files) {
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
            if (source.format() != ListFormat.AUTO || !TEXTS.contains(format)) {
                return open(name, source, format, ofFormat, found);
            }
            Map<ListFormat, List<ListFile>> byFormat = new LinkedHashMap<>();
            for (ListFile file : ofFormat) {
                byFormat.computeIfAbsent(recognise(name, file), one -> new ArrayList<>()).add(file);
            }
            List<PairList> lists = new ArrayList<>();
            for (Map.Entry<ListFormat, List<ListFile>> one : byFormat.entrySet()) {
                lists.add(open(name, source, one.getKey(), one.getValue(), found));
            }
            return lists.size() == 1 ? lists.get(0) : new SeveralLists(lists);
        } catch (IOException e) {
            throw new UsageException(
                    "sources.%s.path: %s cannot be read: %s"
                            .formatted(name, String.join(", ", source.path()), e.getMessage()),
                    e);
        }
    }

    private PairList open(
            String name,
            PrepareSourceConfig source,
            ListFormat format,
            List<ListFile> ofFormat,
            List<ListFile> found)
            throws IOException {
        return switch (format) {
            case JSON -> JsonList.open(name, source, ofFormat, files);
            case SBU -> SbuList.open(name, source, ofFormat, files);
            case PARQUET -> ParquetList.open(name, source, ofFormat, files, Queries.of(spark));
            case TSV -> SeparatedList.open(name, source, ofFormat, files, '\t');
            case CSV -> SeparatedList.open(name, source, ofFormat, files, ',');
            case IMAGES -> new ImageFolderList(ofFormat, found, files.options());
            case TARS -> new TarList(ofFormat, files.options());
            case AUTO -> throw new IllegalStateException("recognised as nothing");
        };
    }

    /** Every file that the places name, by address; folders with all that is in them. */
    private List<ListFile> find(String name, List<String> places) throws IOException {
        List<ListFile> found = new ArrayList<>();
        for (String place : places) {
            // What is there by this very name is meant, whatever characters the name has.
            Optional<RemoteFiles.Entry> there = files.stat(uri(place));
            if (there.isPresent()) {
                add(there.get(), found);
                continue;
            }
            for (String one : ShardPlaces.expand(place)) {
                String address = uri(one);
                Optional<RemoteFiles.Entry> entry = files.stat(address);
                if (entry.isPresent()) {
                    add(entry.get(), found);
                } else if (one.matches(".*[*?\\[].*")) {
                    for (RemoteFiles.Entry match : files.glob(address)) {
                        if (!isMark(match)) {
                            add(match, found);
                        }
                    }
                } else {
                    throw new UsageException(
                            "sources.%s.path: there is no %s".formatted(name, one));
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
        if (!entry.folder()) {
            found.add(new ListFile(entry.address(), entry.length()));
            return;
        }
        for (RemoteFiles.Entry child : files.list(entry.address())) {
            if (!isMark(child)) {
                add(child, found);
            }
        }
    }

    /** What systems leave in folders: hidden files, and the marks of Hadoop, Spark and prepare. */
    private static boolean isMark(RemoteFiles.Entry entry) {
        String address = entry.address().replaceAll("/+$", "");
        String name = address.substring(address.lastIndexOf('/') + 1);
        return name.startsWith(".") || MARKS.matcher(name).matches();
    }

    private ListFormat recognise(String name, List<ListFile> found) throws IOException {
        // Shards have tables beside them, and pictures their captions.
        if (found.stream().anyMatch(file -> file.ending().equals("tar"))) {
            return ListFormat.TARS;
        }
        if (found.stream().anyMatch(file -> IMAGES.contains(file.ending()))) {
            return ListFormat.IMAGES;
        }
        for (ListFile file : found) {
            if (file.length() > 0) {
                return recognise(name, file);
            }
        }
        return recognise(name, found.get(0));
    }

    private ListFormat recognise(String name, ListFile file) throws IOException {
        switch (file.ending()) {
            case "parquet":
                return ListFormat.PARQUET;
            case "tsv":
                return ListFormat.TSV;
            case "csv":
                return ListFormat.CSV;
            default:
                break;
        }
        String text = ListText.decode(head(files, file, HEAD)).stripLeading();
        if (text.startsWith("PAR1")) {
            return ListFormat.PARQUET;
        }
        if (text.startsWith("[") || text.startsWith("{")) {
            return text.matches("(?s)\\{\\s*\"[^\"]*\"\\s*:\\s*\\[.*") && !isObjectALine(text)
                    ? ListFormat.SBU
                    : ListFormat.JSON;
        }
        String line = text.lines().findFirst().orElse("");
        if (line.contains("\t")) {
            return ListFormat.TSV;
        }
        if (line.contains(",") || line.contains(";")) {
            return ListFormat.CSV;
        }
        throw new UsageException(
                ("sources.%s.format: the format of %s cannot be determined; give json, sbu,"
                                + " parquet, tsv, csv, images or tars, or take it out of the list")
                        .formatted(name, file.address()));
    }

    /** An object whose first value is an array may be one of many. */
    private static boolean isObjectALine(String text) {
        List<String> lines = text.lines().limit(2).toList();
        return lines.size() == 2
                && lines.get(0).stripTrailing().endsWith("}")
                && lines.get(1).stripLeading().startsWith("{");
    }

    /** Of the files that a folder holds, those that are the list itself. */
    private static List<ListFile> only(ListFormat format, List<ListFile> found) {
        return switch (format) {
            case TARS -> found.stream().filter(file -> file.ending().equals("tar")).toList();
            case IMAGES -> found.stream().filter(file -> IMAGES.contains(file.ending())).toList();
            case PARQUET ->
                    found.size() == 1
                            ? found
                            : found.stream()
                                    .filter(file -> file.ending().equals("parquet"))
                                    .toList();
            default -> found.stream().filter(file -> file.length() > 0).toList();
        };
    }

    /** The first bytes of a file, unpacked. */
    static byte[] head(RemoteFiles files, ListFile file, int bytes) throws IOException {
        try (InputStream in = open(files, file.address())) {
            return in.readNBytes(bytes);
        }
    }

    /** A file from its first byte on, unpacked. */
    static InputStream open(RemoteFiles files, String address) throws IOException {
        InputStream in = new BufferedInputStream(files.read(address), 1 << 16);
        return new ListFile(address, 0).isPacked() ? new GZIPInputStream(in, 1 << 16) : in;
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
