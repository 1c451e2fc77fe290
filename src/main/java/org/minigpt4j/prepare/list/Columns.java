package org.minigpt4j.prepare.list;

import org.minigpt4j.UsageException;
import org.minigpt4j.config.PrepareSourceConfig;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which columns of a list hold the address and the caption, and which else there are. */
record Columns(String url, String caption, List<String> others) implements Serializable {

    private static final List<String> URLS = List.of("url", "image_url", "img_url", "link");
    private static final List<String> CAPTIONS =
            List.of("caption", "text", "alt", "alt_text", "title", "description");

    /**
     * Finds them: by what the configuration says, by their usual names, by what is in them.
     *
     * @param names all columns
     * @param rows values of the first rows, in the order of the names
     * @throws UsageException if they cannot be told
     */
    static Columns find(
            String list, List<String> names, List<List<String>> rows, PrepareSourceConfig source) {
        Optional<String> url =
                source.urlColumn()
                        .map(name -> known(list, "url_column", name, names))
                        .or(() -> usual(names, URLS))
                        .or(() -> addresses(names, rows));
        if (url.isEmpty()) {
            throw cannotTell(list, "url_column", names);
        }
        List<String> rest = new ArrayList<>(names);
        rest.remove(url.get());
        Optional<String> caption =
                source.captionColumn()
                        .map(name -> known(list, "caption_column", name, names))
                        .or(() -> usual(rest, CAPTIONS))
                        .or(() -> rest.size() == 1 ? Optional.of(rest.get(0)) : Optional.empty());
        if (caption.isEmpty()) {
            throw cannotTell(list, "caption_column", names);
        }
        rest.remove(caption.get());
        return new Columns(url.get(), caption.get(), List.copyOf(rest));
    }

    private static String known(String list, String key, String name, List<String> names) {
        if (!names.contains(name)) {
            throw new UsageException(
                    "sources.%s.%s: there is no column %s; the list has %s"
                            .formatted(list, key, name, String.join(", ", names)));
        }
        return name;
    }

    private static Optional<String> usual(List<String> names, List<String> usual) {
        return usual.stream()
                .flatMap(word -> names.stream().filter(word::equalsIgnoreCase))
                .findFirst();
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

    private static UsageException cannotTell(String list, String key, List<String> names) {
        return new UsageException(
                "sources.%s.%s: is missing, and which column it is cannot be told; the list has %s"
                        .formatted(list, key, String.join(", ", names)));
    }

    /** Half a sentence for a person. */
    String description() {
        return "addresses in \"%s\", captions in \"%s\"%s"
                .formatted(
                        url,
                        caption,
                        others.isEmpty() ? "" : ", also " + String.join(", ", others));
    }
}
