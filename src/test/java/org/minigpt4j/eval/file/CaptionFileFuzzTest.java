package org.minigpt4j.eval.file;

import org.minigpt4j.eval.ScoreTask;
import org.minigpt4j.eval.ScoredFiles;
import org.minigpt4j.eval.ScoresJson;
import org.minigpt4j.fuzz.FuzzTarget;
import org.minigpt4j.fuzz.FuzzedReader;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reference captions, predictions of the same images, and their scores. */
public class CaptionFileFuzzTest extends FuzzedReader {

    /** Captions that tokenizers stumble over. */
    public static final List<String> HOSTILE =
            List.of(
                    "A dog's ball, don't touch (it) -- U.S. etc. before Mr. Smith's 3 1/2 'em.",
                    "<a href=\"x\" b='y'> &lt;tag&gt; http://www.a.com/b?c=d, me@a.org :-) ^_^ ...",
                    "Ph.D. \u201cquoted\u201d \u2026 caf\u00e9 \u0301 \ud83d\ude00 \u00ad x\u00a0y"
                            + " 10,000.5% +1 555 123-4567",
                    "''``\"\"((([[[{{{ $5 #1 @you C++ a.b.c. 's 't 'll gonna cannot 'tis",
                    "");

    CaptionFileFuzzTest() {
        super("coco-captions");
    }

    @Override
    protected FuzzTarget target() {
        return bytes -> {
            Path references = Files.write(folder.resolve("references.json"), bytes);
            Path predictions = folder.resolve("predictions.json");
            Files.writeString(
                    predictions,
                    "[{\"image_id\": 1, \"caption\": \"a dog\"}, {\"image_id\": 2, \"caption\":"
                            + " \"\"}]");
            ScoresJson.of(
                    new ScoredFiles(references, predictions, true)
                            .scores(ScoreTask.CAPTIONS, List.of()));
        };
    }

    @Override
    protected List<byte[]> seeds() {
        return List.of(
                """
                {"images": [{"id": 1}, {"id": 2}], "annotations": [
                 {"id": 1, "image_id": 1, "caption": "a dog runs"},
                 {"id": 2, "image_id": 1, "caption": "A dog's ball, U.S. etc. (x) \\u2026"},
                 {"id": 3, "image_id": 2, "caption": ""}]}
                """
                        .getBytes(StandardCharsets.UTF_8),
                """
                {"annotations": [{"image_id": "1", "caption": "a dog"},
                 {"image_id": 2, "caption": "..."}]}
                """
                        .getBytes(StandardCharsets.UTF_8));
    }
}
