package org.minigpt4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The files of docs/your-data.md load once their paths exist. */
class YourDataDocsTest {

    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    private static final Pattern PLACE = Pattern.compile("/path/to/([\\w./]+)");

    @TempDir private Path temp;

    @Test
    void everyFileOfThePageLoads() throws IOException {
        Matcher blocks = YAML.matcher(Files.readString(Path.of("docs/your-data.md")));
        List<String> formats = new ArrayList<>();
        while (blocks.find()) {
            String text = mended(blocks.group(1));
            Path file = Files.writeString(temp.resolve("my.yaml"), text);
            if (text.startsWith("prepare:")) {
                PrepareConfig.load(file, List.of("prepare.output=" + temp.resolve("web")));
                formats.add("addresses");
            } else {
                TrainConfig config = TrainConfig.load(file, List.of());
                config.datasets().values().forEach(data -> formats.add("" + data.format()));
            }
        }
        assertEquals(
                List.of("IMAGE_FOLDER", "COCO_CAPTIONS", "addresses", "CC_SBU_ALIGN"), formats);
    }

    private String mended(String text) throws IOException {
        Matcher place = PLACE.matcher(text);
        while (place.find()) {
            Path path = temp.resolve(place.group(1));
            Files.createDirectories(path.getParent());
            if (place.group(1).matches(".*\\.(pth|csv|json)")) {
                Files.write(path, new byte[0]);
            } else {
                Files.createDirectories(path);
            }
        }
        return text.replace("/path/to/", temp + "/");
    }
}
