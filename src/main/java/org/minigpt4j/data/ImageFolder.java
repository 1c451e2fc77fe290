package org.minigpt4j.data;

import ai.djl.basicdataset.cv.classification.AbstractImageFolder;
import ai.djl.util.PairList;
import ai.djl.util.Progress;

import org.minigpt4j.UsageException;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.text.CaptionJson;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Pictures in the folders of a folder, as DJL's {@code ImageFolder} and torchvision's take them and
 * as img2dataset writes them with {@code --output_format files}. A picture's caption is in {@code
 * NAME.json} or {@code NAME.txt} beside it; without either it is the name of its folder, which is
 * the class in data sets for classification. On this machine only.
 */
final class ImageFolder {

    private ImageFolder() {}

    static SampleSource open(String dataset, String place) {
        Path root = Path.of(place).toAbsolutePath();
        try {
            List<FileSource.Entry> entries = new ArrayList<>();
            for (Path picture : new Listing(root).pictures()) {
                String file = root.relativize(picture).toString();
                entries.add(new FileSource.Entry(file, file, caption(picture)));
            }
            return new FileSource(dataset, new Folder.Near(root), entries);
        } catch (IOException e) {
            throw new UsageException(
                    "Data set %s: the folder %s cannot be read: %s".formatted(dataset, root, e), e);
        }
    }

    private static String caption(Path picture) throws IOException {
        String name = picture.getFileName().toString();
        String stem = name.substring(0, name.lastIndexOf('.'));
        Path json = picture.resolveSibling(stem + ".json");
        if (Files.isRegularFile(json)) {
            Optional<String> caption =
                    CaptionJson.captionIn(Files.readString(json, StandardCharsets.UTF_8));
            if (caption.isPresent()) {
                return caption.get();
            }
        }
        Path text = picture.resolveSibling(stem + ".txt");
        return Files.isRegularFile(text)
                ? Files.readString(text, StandardCharsets.UTF_8)
                : picture.getParent().getFileName().toString().replace('_', ' ');
    }

    /** What DJL counts as a picture of the folder; the reading of pixels is not used. */
    private static final class Listing extends AbstractImageFolder {

        private final Path root;

        Listing(Path root) {
            super(new Builder().setRepositoryPath(root).setSampling(1, false));
            this.root = root;
        }

        List<Path> pictures() throws IOException {
            prepare(null);
            return items.keys().stream().map(this::getImagePath).sorted().toList();
        }

        @Override
        public void prepare(Progress progress) throws IOException {
            try (Stream<Path> entries = Files.list(root)) {
                synset =
                        entries.filter(Files::isDirectory)
                                .map(folder -> folder.getFileName().toString())
                                .filter(name -> !name.startsWith("."))
                                .sorted()
                                .toList();
            }
            items = new PairList<>();
            listImages(root, synset);
        }

        @Override
        protected Path getImagePath(String key) {
            return Path.of(key);
        }

        private static final class Builder extends ImageFolderBuilder<Builder> {

            @Override
            protected Builder self() {
                return this;
            }
        }
    }
}
