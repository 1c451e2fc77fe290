package org.minigpt4j.chat.server;

import java.util.List;

/** Texts that end an answer and are not part of it. */
record StopTexts(List<String> stops) {

    StopTexts {
        stops = List.copyOf(stops);
    }

    /** The index at which the first stop text begins; -1 if there is none. */
    int find(String text) {
        int first = -1;
        for (String stop : stops) {
            int at = text.indexOf(stop);
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }
        return first;
    }

    /** The text up to the first stop text. */
    String cut(String text) {
        int at = find(text);
        return at < 0 ? text : text.substring(0, at);
    }

    /** The part of a growing text that cannot become part of a stop text any more. */
    String certain(String text) {
        int at = find(text);
        if (at >= 0) {
            return text.substring(0, at);
        }
        int end = text.length();
        for (String stop : stops) {
            for (int n = Math.min(stop.length() - 1, text.length()); n > 0; n--) {
                if (text.endsWith(stop.substring(0, n))) {
                    end = Math.min(end, text.length() - n);
                    break;
                }
            }
        }
        return text.substring(0, end);
    }
}
