package org.minigpt4j.prepare.align;

import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The rows of a CSV or TSV file with a header; pictures are files of this machine. */
record CsvPairs(Path root, List<Entry> rows) implements PairSource {

    /** A row: the picture's path as written, and the caption. */
    public record Entry(long line, String image, String caption) {}

    static CsvPairs open(Path file, String imageColumn, String captionColumn) {
        boolean tabs = file.getFileName().toString().endsWith(".tsv");
        CSVFormat format =
                (tabs ? CSVFormat.TDF : CSVFormat.RFC4180)
                        .builder()
                        .setHeader()
                        .setSkipHeaderRecord(true)
                        .setIgnoreEmptyLines(true)
                        .get();
        List<Entry> rows = new ArrayList<>();
        try (Reader in = Files.newBufferedReader(file);
                CSVParser parser = CSVParser.builder().setReader(in).setFormat(format).get()) {
            for (String column : List.of(imageColumn, captionColumn)) {
                if (!parser.getHeaderNames().contains(column)) {
                    throw new UsageException(
                            "%s has no column %s; it has %s. Name the columns under align.source."
                                    .formatted(
                                            file,
                                            column,
                                            String.join(", ", parser.getHeaderNames())));
                }
            }
            for (CSVRecord row : parser) {
                long line = parser.getCurrentLineNumber();
                rows.add(
                        row.isSet(imageColumn) && row.isSet(captionColumn)
                                ? new Entry(line, row.get(imageColumn), row.get(captionColumn))
                                : new Entry(line, "", ""));
            }
        } catch (NoSuchFileException e) {
            throw new UsageException(file + " does not exist.", e);
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            throw new UsageException(file + " is no CSV file: " + e.getMessage(), e);
        }
        if (!rows.isEmpty() && rows.get(0).image().matches("https?://.*")) {
            throw new UsageException(
                    file
                            + " names pictures of the web; fetch them with launch/prepare first, as"
                            + " for stage 1, and build from the shards.");
        }
        return new CsvPairs(file.toAbsolutePath().getParent(), List.copyOf(rows));
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public String name(int number) {
        Entry row = rows.get(number);
        return row.image().isEmpty() ? "line " + row.line() : row.image();
    }

    @Override
    public String caption(int number) throws Unusable {
        if (rows.get(number).image().isEmpty()) {
            throw new Unusable("the row names no picture");
        }
        return rows.get(number).caption();
    }

    @Override
    public byte[] picture(int number) throws Unusable {
        try {
            return Files.readAllBytes(root.resolve(rows.get(number).image()));
        } catch (NoSuchFileException e) {
            throw new Unusable("there is no file " + e.getFile());
        } catch (IOException | InvalidPathException e) {
            throw new Unusable("cannot be read: " + e.getMessage());
        }
    }

    @Override
    public void close() {}
}
