package org.minigpt4j.eval.file;

import java.util.Comparator;

/** Orders ids as people expect: whole numbers by value, before all other text. */
public enum IdOrder implements Comparator<String> {
    /** The only instance. */
    INSTANCE;

    @Override
    public int compare(String a, String b) {
        boolean first = isNumber(a);
        boolean second = isNumber(b);
        if (first != second) {
            return first ? -1 : 1;
        }
        int shorter = first ? Integer.compare(a.length(), b.length()) : 0;
        return shorter != 0 ? shorter : a.compareTo(b);
    }

    private static boolean isNumber(String id) {
        if (id.isEmpty() || id.length() > 1 && id.charAt(0) == '0') {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            if (id.charAt(i) < '0' || id.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }
}
