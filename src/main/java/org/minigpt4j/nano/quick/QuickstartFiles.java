package org.minigpt4j.nano.quick;

import org.minigpt4j.io.AtomicFile;
import org.minigpt4j.nano.TrainedModel;
import org.minigpt4j.nano.exam.ExamPaper;
import org.minigpt4j.nano.files.SceneAlignFolder;
import org.minigpt4j.nano.files.SceneShards;
import org.minigpt4j.nano.scene.SceneWorld;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The folder of a quickstart. Its scenes are drawn once; a folder that another version drew is
 * drawn again.
 *
 * @param root the folder
 */
public record QuickstartFiles(Path root) {

    private static final int IMAGE_SIZE = 112;
    private static final int STAGE1_SCENES = 6000;

    /** Scenes of stage 2. */
    public static final int CONVERSATIONS = 300;

    private static final long STAGE2_FIRST = 1_000_000;
    private static final long EXAM_FIRST = 2_000_000;

    /** The world that the quickstart draws scenes from. */
    public static final SceneWorld WORLD = new SceneWorld(0, IMAGE_SIZE);

    private static final int PER_KIND = 50;
    private static final int HELD_OUT = 80;
    private static final int DESCRIBED = 80;

    /** What the stamp says; another text makes the scenes be drawn again. */
    private static final String VERSION =
            "world 3, %s captions, %s conversations, parts %s%n"
                    .formatted(STAGE1_SCENES, CONVERSATIONS, TrainedModel.record());

    /** How many scenes both stages together have. */
    public static int scenes() {
        return STAGE1_SCENES + CONVERSATIONS;
    }

    /** True if the scenes are there. */
    public boolean hasScenes() {
        try {
            return Files.readString(stamp()).equals(VERSION);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Draws the scenes of both stages; those with a held-out pair of colour and form are left out.
     */
    public void drawScenes() {
        try {
            Files.deleteIfExists(stamp());
            SceneShards.write(
                    WORLD, data().resolve("shards"), WORLD.withoutHeldOut(0, STAGE1_SCENES));
            SceneAlignFolder.write(
                    WORLD, data().resolve("align"), WORLD.withLetters(STAGE2_FIRST, CONVERSATIONS));
            AtomicFile.writeString(stamp(), VERSION);
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(data(), e);
        }
    }

    /** Draws the first scenes of stage 2 into a folder, if they are not there. */
    public static void drawConversations(Path folder, int count) {
        if (Files.exists(folder.resolve("filter_cap.json"))) {
            return;
        }
        try {
            SceneAlignFolder.write(WORLD, folder, WORLD.withLetters(STAGE2_FIRST, count));
        } catch (IOException e) {
            throw AtomicFile.cannotWrite(folder, e);
        }
    }

    /** Writes the frozen parts, where they are not there already. */
    public void writeParts() {
        TrainedModel.writeTo(root.resolve("weights"));
    }

    /** The exam about scenes that neither stage has. */
    public static ExamPaper paper() {
        return ExamPaper.set(WORLD, EXAM_FIRST, PER_KIND, HELD_OUT, DESCRIBED);
    }

    private Path data() {
        return root.resolve("data");
    }

    private Path stamp() {
        return data().resolve("world.txt");
    }

    /** The measured results. */
    public Path results() {
        return root.resolve("results.json");
    }

    /** The page about them. */
    public Path page() {
        return root.resolve("report.html");
    }
}
