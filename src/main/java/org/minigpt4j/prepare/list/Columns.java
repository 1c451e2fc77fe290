package org.minigpt4j.prepare.list;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareSourceConfig;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Which columns of a list's file hold the address and the caption, and which else there are. */
record Columns(String url, String caption, List<String> others) implements Serializable {

    private static final List<String> URLS = List.of("url", "image_url", "img_url", "link");
    private static final List<String> CAPTIONS =
            List.of("caption", "text", "alt", "alt_text", "title", "description");

    /** Files whose other columns are told by name. */
    private static final int TOLD = 3;

    /**
     * Finds them: by what the configuration says, by their usual names, by what is in them.
     *
     * @param list the source's name
     * @param file the file's address
     * @param names all columns
     * @param rows values of the first rows, in the order of the names
     * @throws UsageException if they cannot be told
     */
    static Columns find(
            String list,
            String file,
            List<String> names,
            Supplier<List<List<String>>> rows,
            PrepareSourceConfig source) {
        Optional<String> url =
                source.urlColumn()
                        .map(name -> known(list, file, "url_column", name, names))
                        .or(() -> usual(list, file, names, URLS))
                        .or(() -> addresses(names, rows.get()));
        if (url.isEmpty()) {
            throw cannotTell(list, file, "url_column", names);
        }
        List<String> rest = new ArrayList<>(names);
        rest.remove(url.get());
        Optional<String> caption =
                source.captionColumn()
                        .map(name -> known(list, file, "caption_column", name, names))
                        .or(() -> usual(list, file, rest, CAPTIONS))
                        .or(() -> rest.size() == 1 ? Optional.of(rest.get(0)) : Optional.empty());
        if (caption.isEmpty()) {
            throw cannotTell(list, file, "caption_column", names);
        }
        rest.remove(caption.get());
        return new Columns(url.get(), caption.get(), List.copyOf(rest));
    }

    private static String known(
            String list, String file, String key, String name, List<String> names) {
        if (!names.contains(name)) {
            throw new UsageException(
                    "sources.%s.%s: there is no column %s in %s, which has %s"
                            .formatted(list, key, name, file, String.join(", ", names)));
        }
        return name;
    }

    private static Optional<String> usual(
            String list, String file, List<String> names, List<String> usual) {
        for (String word : usual) {
            List<String> found = names.stream().filter(word::equalsIgnoreCase).toList();
            if (found.size() > 1) {
                throw new UsageException(
                        "sources.%s.path: %s has more than one column \"%s\"; say which in url_column and caption_column; it has %s"
                                .formatted(list, file, found.get(1), String.join(", ", names)));
            }
            if (found.size() == 1) {
                return Optional.of(found.get(0));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> addresses(List<String> names, List<List<String>> rows) {
        for (int i = 0; i < names.size(); i++) {
            int column = i;
            if (!rows.isEmpty() && rows.stream().allMatch(row -> isAddress(row.get(column)))) {
                return Optional.of(names.get(i));
            }
        }
        return Optional.empty();
    }

    static boolean isAddress(String value) {
        return value != null && value.strip().matches("(?i)https?://\\S+.*");
    }

    private static UsageException cannotTell(
            String list, String file, String key, List<String> names) {
        return new UsageException(
                "sources.%s.%s: is missing, and cannot be determined from %s; it has %s"
                        .formatted(list, key, file, String.join(", ", names)));
    }

    /** Half a sentence for a person. */
    private String description() {
        return "addresses in \"%s\", captions in \"%s\"%s"
                .formatted(
                        url,
                        caption,
                        others.isEmpty() ? "" : ", also " + String.join(", ", others));
    }

    /** Half a sentence about the columns of all files; those of the first, and what differs. */
    static String description(List<ListFile> files, List<Columns> columns) {
        Columns first = columns.get(0);
        Map<Columns, List<String>> differing = new LinkedHashMap<>();
        for (int i = 1; i < files.size(); i++) {
            if (!columns.get(i).equals(first)) {
                differing
                        .computeIfAbsent(columns.get(i), other -> new ArrayList<>())
                        .add(files.get(i).name());
            }
        }
        StringBuilder text = new StringBuilder(first.description());
        differing.forEach(
                (other, names) -> {
                    int told = Math.min(TOLD, names.size());
                    text.append("; in ").append(String.join(", ", names.subList(0, told)));
                    text.append(
                            names.size() == told
                                    ? ""
                                    : " and %d more".formatted(names.size() - told));
                    text.append(" ").append(other.description());
                });
        return text.toString();
    }
}
