package org.minigpt4j.nano;

import org.minigpt4j.nano.scene.SceneWorld;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * The text the nano vocabulary was trained on: everything the small world says and is asked, as the
 * tokenizer meets it in training. Turns of a conversation stand on lines of their own, so that no
 * piece joins the end of a sentence to the {@code ###} after it: the end of an answer must stay a
 * piece that generation can stop at. The README beside the vocabulary says how to run this.
 */
final class NanoCorpus {

    private static final long SEED = 512;
    private static final int SCENES = 6000;

    private static final String[] INSTRUCTIONS = {
        "<Img>",
        "</Img> Describe this image in detail. ###Assistant: ",
        "</Img> Take a look at this image and describe what you notice. ###Assistant: ",
        "</Img> Please provide a detailed description of the picture. ###Assistant: ",
        "</Img> Could you describe the contents of this image for me? ###Assistant: ",
    };

    private NanoCorpus() {}

    /** Writes the corpus to the file named by the only argument. */
    public static void main(String[] args) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(Path.of(args[0]))) {
            SceneWorld world = new SceneWorld(SEED, 112);
            for (int n = 0; n < SCENES; n++) {
                line(out, world.caption(n).toLowerCase(Locale.ROOT));
                for (String turn : world.dialogue(n).split("(?=###)")) {
                    line(out, turn);
                }
                line(out, "###Human: <Img>");
                line(out, INSTRUCTIONS[n % INSTRUCTIONS.length]);
            }
        }
    }

    private static void line(BufferedWriter out, String text) throws IOException {
        out.write(text);
        out.write('\n');
    }
}
