package org.minigpt4j.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;

class ForeignJsonTest {

    private static ForeignJson json(String text) {
        return ForeignJson.parse("f.json", text);
    }

    private static String refusal(Runnable reading) {
        return assertThrows(UsageException.class, reading::run).getMessage();
    }

    @Test
    void readsWhatIsThere() {
        ForeignJson root =
                json("{\"a\": [1, \"two\", 2.5, true, null, {\"b\": 1e3}], \"c\": null}");
        var list = root.at("a").elements();
        assertEquals(1, list.get(0).integer(1, 1));
        assertEquals("two", list.get(1).text());
        assertEquals(2.5, list.get(2).number(0, 3));
        assertTrue(list.get(3).truth(false));
        assertFalse(list.get(4).isPresent());
        assertEquals(1000, list.get(5).at("b").integer(0, 1000));
        assertFalse(root.at("c").isPresent());
        assertFalse(root.at("d").isPresent());
        assertEquals(7, root.at("c").integer(0, 9, 7));
        assertEquals(0.5, root.at("d").number(0, 1, 0.5));
        assertTrue(root.at("d").truth(true));
        assertEquals("[a, c]", root.members().keySet().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null|null",
                "96.5|96.5",
                "-1|-1",
                "0|0",
                "2e9|2e9",
                "1e400|1e400",
                "1e-300000000|1e-300000000",
                "123456789012345678901234567890|123456789012345678901234567890",
                "true|true",
                "\"big\"|the text \"big\"",
                "[1]|a list of 1",
                "{}|an object"
            })
    void aWrongNumberIsNamedWithItsPlaceAndWhatWasWanted(String written, String found) {
        assertEquals(
                "f.json: sizes[1].width is " + found + ", but must be a whole number from 1 to 99",
                refusal(
                        () ->
                                json("{\"sizes\": [0, {\"width\": " + written + "}]}")
                                        .at("sizes")
                                        .elements()
                                        .get(1)
                                        .at("width")
                                        .integer(1, 99)));
    }

    @Test
    void everyReaderRefusesEveryOtherType() {
        for (String written : "null,1.5,true,\"a\",[],{},1e999,-0,\"\\u0000\\u202e\"".split(",")) {
            ForeignJson value = json("[" + written + "]").elements().get(0);
            for (Consumer<ForeignJson> reader :
                    Arrays.<Consumer<ForeignJson>>asList(
                            ForeignJson::text,
                            ForeignJson::optionalText,
                            ForeignJson::id,
                            v -> v.integer(5, 6),
                            v -> v.longInteger(5, Long.MAX_VALUE),
                            v -> v.number(5, 6),
                            v -> v.truth(true),
                            ForeignJson::elements,
                            ForeignJson::members,
                            ForeignJson::copyObject,
                            v -> v.at("x"))) {
                try {
                    reader.accept(value);
                } catch (UsageException e) {
                    assertTrue(e.getMessage().startsWith("f.json: [0] is "), e.getMessage());
                    assertFalse(e.getMessage().contains("\u202e"), e.getMessage());
                }
            }
        }
    }

    @Test
    void aMissingKeyIsToldApartFromNull() {
        assertEquals(
                "f.json: a is missing, but must be text", refusal(() -> json("{}").at("a").text()));
        assertEquals(
                "f.json: a is null, but must be text",
                refusal(() -> json("{\"a\": null}").at("a").text()));
        assertEquals(
                "f.json holds a list of 0, but must hold an object",
                refusal(() -> json("[]").at("a")));
    }

    @Test
    void idsAreExactHoweverLong() {
        var ids = json("[7, 7.0, \"x7\", 1000000000000000000, 123456789012345678901]").elements();
        assertEquals(
                "[7, 7, x7, 1000000000000000000, 123456789012345678901]",
                ids.stream().map(ForeignJson::id).toList().toString());
        assertEquals(1_000_000_000_000_000_000L, ids.get(3).longInteger(0, Long.MAX_VALUE));
        assertEquals(
                "f.json: [4] is 123456789012345678901, but must be a whole number from 0 on",
                refusal(() -> ids.get(4).longInteger(0, Long.MAX_VALUE)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\": NaN}|(a), near: {\"a\": NaN} (end of file)",
                "[1,]|near: [1,] (end of file)",
                "{'a': 1}|near: {'a': 1} (end of file)",
                "{\"a\": [1, 2|line 1, column 12 (a[2]), near: {\"a\": [1, 2 (end of file)",
                "{\"a\": 1} x|near: {\"a\": 1} x (end of file)"
            })
    void textThatIsNotJsonIsShownWithItsPlace(String text, String message) {
        String refusal = refusal(() -> json(text));
        assertTrue(refusal.startsWith("f.json: not valid JSON at line 1, column "), refusal);
        assertTrue(refusal.endsWith(message), refusal);
    }

    @Test
    void ofAKeyThatStandsTwiceTheLastCountsOrItIsRefused() {
        String twice = "{\"a\": {\"b\": 1, \"b\": 2}}";
        assertEquals(2, json(twice).at("a").at("b").integer(0, 9));
        assertEquals(
                "f.json names b twice", refusal(() -> ForeignJson.parseUnique("f.json", twice)));
    }

    @Test
    void anEmptyFileIsCalledThat() {
        assertEquals("f.json is empty, but must be JSON", refusal(() -> json(" \n")));
    }

    @Test
    void depthAndNumberOfValuesAreBounded() {
        String deep = "[".repeat(100_000);
        assertTrue(refusal(() -> json(deep)).contains("more than 100 deep"));
        String hundred = "[" + "0,".repeat(98) + "0]";
        StrictJson.parse("f.json", hundred, 100, false);
        assertTrue(
                refusal(() -> StrictJson.parse("f.json", hundred, 99, false))
                        .contains("more than 99"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-8", "UTF-16LE", "UTF-16BE"})
    void byteOrderMarksAreHonoured(String charset) throws IOException {
        byte[] bytes = "\uFEFF{\"é\": 1}".getBytes(charset);
        assertEquals(1, ForeignJson.parse("f.json", bytes).at("é").integer(0, 1));
    }

    @Test
    void bytesThatAreNoUtf8AreToldWithTheirPlace() {
        byte[] bytes = "[\"café\"]".getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(
                "f.json: not valid UTF-8 at byte 5; save it as UTF-8",
                refusal(() -> ForeignJson.parse("f.json", bytes)));
    }

    @Test
    void aFileThatCannotBeReadSaysWhy(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("a.json"), "[1, 2, 3]");
        assertEquals("[0]", ForeignJson.read(file).elements().get(0).place());
        assertTrue(refusal(() -> ForeignJson.read(file, 8)).contains("larger than 8 bytes"));
        assertTrue(refusal(() -> ForeignJson.read(folder)).contains("is a folder"));
        Path none = folder.resolve("none.json");
        assertEquals(
                "there is no file " + none,
                assertThrows(MiniGpt4Exception.class, () -> ForeignJson.read(none)).getMessage());
    }

    @Test
    void numbersInMessagesKeepTheirDigitsInEveryLocale() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
        try {
            assertTrue(
                    refusal(() -> json("[0]").elements().get(0).integer(1, 99))
                            .endsWith("from 1 to 99"));
        } finally {
            Locale.setDefault(before);
        }
    }
}
