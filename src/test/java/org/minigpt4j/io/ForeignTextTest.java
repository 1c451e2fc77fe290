package org.minigpt4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.List;
import java.util.stream.IntStream;

class ForeignTextTest {

    @ParameterizedTest
    @ValueSource(
            ints = {
                0, 7, 8, 0x1B, 0x7F, 0x85, 0x9B, 0x61C, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029,
                0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF, 0xFFF9, 0xD800, 0xDFFF, 0xE0041
            })
    void harmfulCharactersBecomeOneThatIsSeen(int c) {
        assertEquals("a\uFFFDb", ForeignText.clean("a" + Character.toString(c) + "b"));
        assertEquals("a\uFFFDb", ForeignText.line("a" + Character.toString(c) + "b"));
        assertEquals("a\uFFFDb", ForeignText.message("a" + Character.toString(c) + "b"));
    }

    @Test
    void wordsOfAllScriptsStay() {
        String text = "naïve 東京 שלום می‌خواهم क्‍ष 👩‍👩‍👧 \uE000";
        assertEquals(text, ForeignText.clean(text));
        assertEquals(text, ForeignText.line(text));
    }

    @Test
    void aLineIsOneLineAndAMessageKeepsItsLines() {
        assertEquals("one two three", ForeignText.line(" one\r\ntwo\n\t three\n"));
        assertEquals("one\ntwo\tthree", ForeignText.message("one\r\ntwo\tthree"));
        assertEquals("one\uFFFDtwo", ForeignText.message("one\rtwo"));
        assertEquals("null", ForeignText.line(null));
    }

    @Test
    void megabytesAreCutAndTheirLengthIsTold() {
        String line = ForeignText.line("x".repeat(5_000_000));
        assertEquals("x".repeat(400) + " ... (5,000,000 characters)", line);
        String message = ForeignText.message(("y".repeat(3_000) + "\n").repeat(1_000));
        assertTrue(message.length() < 17_000, () -> "" + message.length());
        assertTrue(message.startsWith("y".repeat(2_000) + " ... (3,000 characters)\ny"), message);
        assertEquals("ab ... (400 characters)", ForeignText.line("ab" + "😀".repeat(199), 3));
        assertEquals(
                "0, 1, 2 and 997 more",
                ForeignText.list(IntStream.range(0, 1000).boxed().toList(), 3));
        assertEquals("a, b\uFFFD", ForeignText.list(List.of("a", "b\u001b"), 3));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "https://ann:hush@host/x, https://***@host/x",
                "(https://hushhush@host), (https://***@host)",
                "http://ann:hu@sh@host:80/x, http://***@host:80/x",
                "http://ann:hu/sh?hush@host/x, http://***@host/x",
                "http://ann:hu/sh@hush@host/x, http://***@host/x",
                "http://ann:hu hush hush@host/x, http://***@host/x",
                "http://host:80 told a@b, http://host:80 told a@b",
                "http://host told a@b, http://host told a@b",
                "s3a://KEY:hush@bucket/x, s3a://***@bucket/x",
                "http://h/x?a=1&token=hush&b=2, http://h/x?a=1&token=***&b=2",
                "http://h/x?access_token=hush, http://h/x?access_token=***",
                "http://h/x#id_token=hush, http://h/x#id_token=***",
                "http://h/x?X-Amz-Signature=hush&x=1, http://h/x?X-Amz-Signature=***&x=1",
                "http://h/x?sv=2020&sig=hush%3D, http://h/x?sv=2020&sig=***",
                "http://h/x?apiKey=hush \"and\", http://h/x?apiKey=*** \"and\"",
                "Authorization: Basic hush=, Authorization: Basic ***",
                "no Bearer hush123456, no Bearer ***",
                "MLFLOW_TRACKING_TOKEN=hush, MLFLOW_TRACKING_TOKEN=***",
                "MLFLOW_TRACKING_PASSWORD='hush', MLFLOW_TRACKING_PASSWORD='***'",
                "AWS_SECRET_ACCESS_KEY=hush/+x and, AWS_SECRET_ACCESS_KEY=*** and",
                "fs.s3a.secret.key=hush, fs.s3a.secret.key=***",
                "aws_session_token = hush, aws_session_token = ***",
                "{\"password\": \"hush\"}, {\"password\": \"***\"}",
                "key AKIAHUSHHUSHHUSHHUSH is, key *** is",
                "ghp_hushhushhushhush1234, ***",
                "hf_hushhushhushhush1234, ***",
                "eyJhbGciOiJIUzI1NiJ9.eyJodXNoIjoxfQ.hush, ***",
            })
    void secretsInAddressesAreMasked(String text, String masked) {
        assertEquals(masked, ForeignText.withoutSecrets(text));
        assertFalse(ForeignText.line(text).contains("hush"));
        assertFalse(ForeignText.message(text).contains("hush"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://host:8080/a@b/c",
                "see https://host/@user and a@b",
                "batch=3; tokens=77",
                "http://h/x?page=2&keyword=cat",
                "Basic training of a Bearer certificate",
                "sqlite:////home/ann/mlflow.db",
                "image_token: <unk>, pad_token=</s>, tokens=77, token id 3",
                "set AWS_SECRET_ACCESS_KEY or fs.s3a.secret.key in core-site.xml",
                "a picture with a secret: (none) and KEY 00012",
                "sk-learn and eyJ are no keys"
            })
    void whatIsNoSecretStays(String text) {
        assertEquals(text, ForeignText.withoutSecrets(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "://a:b",
                "?token",
                "?a.b;",
                "Bearer ",
                "authorization ",
                " \n",
                "&=",
                "SECRET_A",
                "A_",
                "eyJaaaaaaaaa."
            })
    void nothingTakesLongToLookAt(String piece) {
        String text = piece.repeat(250_000 / piece.length());
        // Of this thread alone: others may want the cores as well.
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        long before = clock.getCurrentThreadCpuTime();
        ForeignText.withoutSecrets(text);
        ForeignText.message(text);
        double seconds = (clock.getCurrentThreadCpuTime() - before) / 1e9;
        assertTrue(seconds < 2, () -> seconds + " s");
    }

    @Test
    void aTerminalIsNotSteered() {
        StringWriter seen = new StringWriter();
        try (PrintWriter out = new ForeignWriter(new PrintWriter(seen))) {
            out.println("a\u001b[2Jb😀");
            out.printf("%s|%c%n", "c\u202Ed", 'e');
            out.print("\rloading\r");
            out.print("x\roverwritten");
            out.print('\u0007');
            out.append('f').append("g\u009b");
        }
        String end = System.lineSeparator();
        assertEquals(
                "a\uFFFD[2Jb😀"
                        + end
                        + "c\uFFFDd|e"
                        + end
                        + "\rloading\rx\uFFFDoverwritten\uFFFDfg\uFFFD",
                seen.toString());
    }
}
