package org.minigpt4j.track.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.List;

class HtmlPageTest {

    @Test
    void nothingEndsATextOrAnAttribute() {
        assertEquals("&lt;b&gt; &amp; &quot;it&#39;s&quot;", HtmlPage.escape("<b> & \"it's\""));
        assertEquals(
                "&amp;lt;", HtmlPage.escape("&lt;"), "escaped twice is shown as it was written");
    }

    @Test
    void whatCannotBeSeenIsShown() {
        assertEquals("a\uFFFDb\uFFFDc d", HtmlPage.escape("a\u202Eb\u0000c\nd"));
        assertEquals("\uFFFD", HtmlPage.escape("\uD83D"));
        assertEquals(
                "\uD83D\uDC08 \u043A\u043E\u0442",
                HtmlPage.escape("\uD83D\uDC08 \u043A\u043E\u0442"));
    }

    @Test
    void noTextOfAnybodyBecomesMarkup() {
        String evil = "</td><script>alert(1)</script>' onerror=\"x\u202E\u001b[0m";
        String page =
                new HtmlPage(evil, evil)
                        .tiles(List.of(new HtmlPage.Tile(evil, evil, evil)))
                        .heading(evil)
                        .note(evil)
                        .notice(evil)
                        .table(List.of(evil, evil), List.of(List.of(evil, evil)))
                        .folded(evil, List.of(evil), List.of(List.of(evil)))
                        .card(new byte[] {1}, evil, List.of(List.of(evil, evil)))
                        .html();
        assertFalse(page.contains("<script"), page);
        assertFalse(page.contains("onerror=\""), page);
        assertFalse(page.matches("(?s).*[\\x00-\\x08\\x0b-\\x1f\u202E].*"), page);
        assertTrue(page.contains("default-src 'none'"));
    }

    @Test
    void columnsOfNumbersStandRight() {
        String page =
                new HtmlPage("t")
                        .table(
                                List.of("a", "n", "t"),
                                List.of(List.of("1", "1,234", "x"), List.of("2", "3.5e-7", "7")))
                        .html();
        assertTrue(page.contains("<th scope=\"col\">a</th><th scope=\"col\" class=\"number\">n"));
        assertTrue(page.contains("<td class=\"number\">3.5e-7</td><td>7</td>"), page);
    }
}
