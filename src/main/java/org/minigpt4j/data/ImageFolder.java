package org.minigpt4j.data;

import ai.djl.basicdataset.cv.classification.AbstractImageFolder;
import ai.djl.util.Progress;

import org.minigpt4j.UsageException;
import org.minigpt4j.data.sample.Fault;
import org.minigpt4j.data.sample.SampleSource;
import org.minigpt4j.data.sample.Skip;
import org.minigpt4j.io.ReadFailure;
import org.minigpt4j.text.CaptionText;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads pictures from class folders, in the layout of DJL's {@code ImageFolder} and torchvision's,
 * and of img2dataset's {@code --output_format files}. Without class folders it reads the folder
 * itself. A picture's caption is in {@code NAME.json} or {@code NAME.txt} next to it; without
 * either, the name of its folder (the class) is the caption. Follows links. Works on local folders
 * only.
 */
final class ImageFolder {

    private final String dataset;
    private final Path root;
    private final List<FileSource.Entry> entries = new ArrayList<>();
    private final List<Skip> flaws = new ArrayList<>();
    private long named;

    private ImageFolder(String dataset, Path root) {
        this.dataset = dataset;
        this.root = root;
    }

    static SampleSource open(String dataset, String place) {
        Path root = Path.of(place).toAbsolutePath();
        ImageFolder folder = new ImageFolder(dataset, root);
        try {
            folder.read();
        } catch (IOException e) {
            throw new UsageException(
                    "Data set %s: the folder %s cannot be read: %s"
                            .formatted(dataset, root, ReadFailure.reason(e)),
                    e);
        }
        return new FileSource(dataset, new Folder.Near(root), folder.entries, folder.flaws);
    }

    private void read() throws IOException {
        List<Path> classes;
        List<Path> flat;
        Pictures pictures = new Pictures(root);
        try (Stream<Path> all = Files.list(root)) {
            List<Path> sorted = all.sorted().toList();
            classes =
                    sorted.stream()
                            .filter(Files::isDirectory)
                            .filter(folder -> !folder.getFileName().toString().startsWith("."))
                            .toList();
            flat = sorted.stream().filter(file -> pictures.isPicture(file)).toList();
        }
        List<Path> found = new ArrayList<>();
        for (Path folder : classes) {
            found.addAll(pictures.below(folder));
        }
        boolean isFlat = found.isEmpty();
        found.sort(Comparator.naturalOrder());
        for (Path picture : isFlat ? flat : found) {
            add(picture, isFlat);
        }
        if (!isFlat && !flat.isEmpty()) {
            tell(
                    Fault.NO_CAPTION,
                    ("%d pictures, such as %s, are next to the class folders and are"
                                    + " ignored; move them into one")
                            .formatted(flat.size(), flat.get(0)));
        }
        if (named > 0) {
            tell(
                    Fault.NO_CAPTION,
                    ("%d of %d pictures have no caption file (NAME.json or NAME.txt);"
                                    + " their folder's name is used as caption")
                            .formatted(named, entries.size()));
        }
        if (entries.isEmpty()) {
            tell(Fault.NO_IMAGE, hint());
        }
    }

    /** Suggests what the user may have meant if the folder has no usable picture. */
    private String hint() throws IOException {
        try (Stream<Path> files = Files.walk(root, 2)) {
            boolean tars = files.anyMatch(file -> file.toString().endsWith(".tar"));
            return tars
                    ? "it contains tars; for shards use format: webdataset"
                    : "it has no class folders with pictures, and no pictures of its own with"
                            + " captions next to them; to join pictures with a list of captions, use"
                            + " launch/prepare";
        }
    }

    private void tell(Fault fault, String what) {
        flaws.add(new Skip(dataset, root.toString(), fault, what, 0));
    }

    private void add(Path picture, boolean isFlat) {
        String file = root.relativize(picture).toString();
        Path at = picture;
        try {
            String name = picture.getFileName().toString();
            String stem = name.substring(0, name.lastIndexOf('.'));
            Optional<String> caption = Optional.empty();
            at = picture.resolveSibling(stem + ".json");
            if (Files.isRegularFile(at)) {
                caption = CaptionText.inJson(Files.readAllBytes(at));
            }
            at = picture.resolveSibling(stem + ".txt");
            if (caption.isEmpty() && Files.isRegularFile(at)) {
                caption = Optional.of(CaptionText.plain(Files.readAllBytes(at)));
            }
            if (caption.isEmpty() && isFlat) {
                flaws.add(
                        new Skip(
                                dataset,
                                file,
                                Fault.NO_CAPTION,
                                "neither %s.json nor %s.txt next to it, and no class folder"
                                        .formatted(stem, stem)));
                return;
            }
            named += caption.isEmpty() ? 1 : 0;
            String folder = picture.getParent().getFileName().toString().replace('_', ' ');
            entries.add(new FileSource.Entry(file, file, caption.orElse(folder)));
        } catch (CaptionText.BrokenCaptionException e) {
            flaws.add(new Skip(dataset, file, Fault.BROKEN_CAPTION, at + " " + e.getMessage()));
        } catch (IOException e) {
            flaws.add(
                    new Skip(
                            dataset,
                            file,
                            Fault.NO_CAPTION,
                            "%s cannot be read: %s".formatted(at, ReadFailure.reason(e))));
        }
    }

    /** File types that DJL counts as pictures, plus WebP; DJL's reading of pixels is not used. */
    private final class Pictures extends AbstractImageFolder {

        Pictures(Path root) {
            super(new Builder().setRepositoryPath(root).setSampling(1, false));
        }

        boolean isPicture(Path file) {
            boolean webp = file.toString().toLowerCase(Locale.ROOT).endsWith(".webp");
            boolean hidden = file.getFileName().toString().startsWith(".");
            return Files.isRegularFile(file) && !hidden && (webp || isImage(file.toFile()));
        }

        /** Pictures in a class folder and in the folders below it; follows links. */
        List<Path> below(Path folder) throws IOException {
            List<Path> found = new ArrayList<>();
            Files.walkFileTree(
                    folder,
                    EnumSet.of(FileVisitOption.FOLLOW_LINKS),
                    Integer.MAX_VALUE,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes is) {
                            if (isPicture(file)) {
                                found.add(file);
                            }
                            return FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFileFailed(Path file, IOException why) {
                            String reason =
                                    why instanceof FileSystemLoopException
                                            ? "%s leads back to a folder above it and is not followed"
                                                    .formatted(file)
                                            : "%s cannot be read: %s"
                                                    .formatted(file, ReadFailure.reason(why));
                            tell(Fault.NO_IMAGE, reason);
                            return FileVisitResult.CONTINUE;
                        }
                    });
            return found;
        }

        @Override
        public void prepare(Progress progress) {}

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
