package org.minigpt4j.prepare.list;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class SeparatedTest {

    private static final Separated.Form CSV = new Separated.Form(',', true, false);

    private static List<Separated.Item> items(byte[] text, Separated.Form form) throws Exception {
        List<Separated.Item> items = new ArrayList<>();
        try (Separated rows =
                new Separated(
                        new ByteArrayInputStream(text),
                        0,
                        form,
                        values -> values.size() == 2 && Columns.isAddress(values.get(0)))) {
            for (Separated.Item item = rows.next(); item != null; item = rows.next()) {
                items.add(item);
            }
        }
        return items;
    }

    private static List<List<String>> rows(String text, Separated.Form form) throws Exception {
        return items(text.getBytes(UTF_8), form).stream().map(Separated.Item::values).toList();
    }

    @Test
    void valuesAreWhatTheirWriterMeant() throws Exception {
        assertEquals(List.of(List.of("a", "b, c")), rows("a,\"b, c\"\n", CSV));
        assertEquals(List.of(List.of("a", "say \"b\"")), rows("a,\"say \"\"b\"\"\"", CSV));
        assertEquals(List.of(List.of("a", "say \"b\", c")), rows("a,\"say \\\"b\\\", c\"", CSV));
        assertEquals(List.of(List.of("a", "\"b\" c")), rows("a,\"b\" c", CSV));
        assertEquals(List.of(List.of("a", "5\" b")), rows("a,5\" b", CSV));
        assertEquals(List.of(List.of("a", "b")), rows("a, \"b\" \r\n\r\n", CSV));
        assertEquals(List.of(List.of("a", "b\r\nc"), List.of("d")), rows("a,\"b\r\nc\"\r\nd", CSV));
        assertEquals(List.of(List.of("a", "")), rows("a,", CSV));
        assertEquals(
                List.of(List.of("\"a", "b\"")),
                rows("\"a\tb\"\r", new Separated.Form('\t', false, false)));
        assertEquals(
                List.of(List.of("a", "b")), rows(" a , b ", new Separated.Form(',', true, true)));
    }

    @Test
    void aLineLongerThanAnyRowCostsItselfAndIsNotKept() throws Exception {
        String url = "http://a.example/";
        String giant = url + "2," + "y".repeat(5 << 20);
        for (String before : List.of("", "\"open\n")) {
            for (String giants : List.of(giant + "\n", giant + "\r\n" + giant + "\r\n")) {
                List<Separated.Item> items =
                        items(
                                (url + "1," + before + giants + url + "3,three\n").getBytes(UTF_8),
                                CSV);
                Separated.Item last = items.get(items.size() - 1);
                assertEquals(List.of(url + "3", "three"), last.values());
                long lost =
                        items.stream()
                                .filter(
                                        item ->
                                                "the line has more than 4194304 bytes"
                                                        .equals(item.fault()))
                                .count();
                assertEquals(giants.equals(giant + "\n") ? 1 : 2, lost, before);
            }
        }
        assertEquals(1, items(giant.getBytes(UTF_8), CSV).size(), "at the end");
    }

    @Test
    void whatIsWrittenInQuotesIsReadBack() throws Exception {
        Random random = new Random(7);
        String letters = "ab,\"\n\r\u00e9 \\x";
        StringBuilder text = new StringBuilder();
        List<List<String>> written = new ArrayList<>();
        for (int row = 0; row < 500; row++) {
            List<String> values = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                StringBuilder value = new StringBuilder();
                for (int k = random.nextInt(8); k >= 0; k--) {
                    value.append(letters.charAt(random.nextInt(letters.length())));
                }
                // A backslash before a quote may stand for either.
                values.add(value.toString().replace("\\", "") + "z");
            }
            values.forEach(
                    value -> text.append('"').append(value.replace("\"", "\"\"")).append("\","));
            text.setCharAt(text.length() - 1, '\n');
            written.add(values);
        }
        assertEquals(written, rows(text.toString(), CSV));
    }

    @Test
    void whereverAQuoteStaysOpenOneRowIsLost() throws Exception {
        for (int open = 0; open < 20; open++) {
            StringBuilder text = new StringBuilder();
            int at = 0;
            for (int row = 0; row < 20; row++) {
                at = row == open ? text.length() : at;
                String quote = row % 3 == 0 ? "\"" : "";
                String caption = row == open ? "\"open" : quote + "caption" + quote;
                text.append("http://a/").append(row).append(',').append(caption).append('\n');
            }
            List<Separated.Item> items = items(text.toString().getBytes(UTF_8), CSV);
            List<Separated.Item> broken =
                    items.stream().filter(item -> item.values() == null).toList();
            assertEquals(20, items.size());
            assertEquals(1, broken.size(), items.toString());
            assertEquals(at, broken.get(0).at());
        }
    }

    @Test
    void bytesThatAreNoCharactersCostTheirRow() throws Exception {
        byte[] text = "http://a/1,caf\u00e9\nhttp://a/2,b\n".getBytes(ISO_8859_1);
        List<Separated.Item> items = items(text, CSV);
        assertEquals(2, items.size());
        assertTrue(items.get(0).fault().contains("not UTF-8 after \"caf\""), items.toString());
        assertEquals(List.of("http://a/2", "b"), items.get(1).values());
        assertEquals(List.of("\uFFFD"), items("\uFFFD".getBytes(UTF_8), CSV).get(0).values());
    }
}
