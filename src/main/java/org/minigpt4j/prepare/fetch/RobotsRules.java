package org.minigpt4j.prepare.fetch;

import crawlercommons.robots.SimpleRobotRules;
import crawlercommons.robots.SimpleRobotRulesParser;

import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What one robots.txt says to us (RFC 9309): the longest rule that matches decides, and Allow
 * before Disallow. Crawler-commons reads the file. Its own matching of wildcards tries each place
 * of the path again, so that 15,000 rules of a hostile file cost 8 s a path; here each rule costs
 * one pass over the path.
 *
 * @param rules longest first
 */
record RobotsRules(List<Rule> rules) {

    /** Nothing is forbidden. */
    static final RobotsRules ALLOW_ALL = new RobotsRules(List.of());

    /** Most bytes that are read; RFC 9309 asks for at least 500 KiB. */
    static final int MAX_BYTES = 512 << 10;

    /**
     * A longer line is passed over: servers take no longer addresses, and parsing one can be slow.
     */
    static final int LONGEST_LINE = 8 << 10;

    /**
     * Most characters that all rules with a wildcard may look at for one path, about 0.1 s: the
     * threads that match are shared by all hosts.
     */
    private static final long MOST_WORK = 4_000_000;

    private static final boolean[] SPECIAL = new boolean[128];

    static {
        SPECIAL['*'] = true;
        SPECIAL['$'] = true;
    }

    /** Reads the rules for a robot of this name. */
    static RobotsRules parse(String address, byte[] robotsTxt, String token) {
        byte[] whole = robotsTxt;
        if (whole.length >= MAX_BYTES) { // half of a last line would say something else
            int end = MAX_BYTES;
            while (end > 0 && whole[end - 1] != '\n') {
                end--;
            }
            whole = Arrays.copyOf(whole, end);
        }
        whole = withoutLongLines(whole);
        SimpleRobotRulesParser parser = new SimpleRobotRulesParser();
        parser.setMaxWarnings(0); // a stranger's mistakes are not for our log
        SimpleRobotRules read = parser.parseContent(address, whole, "text/plain", Set.of(token));
        if (read.isAllowAll()) {
            return ALLOW_ALL;
        }
        if (read.isAllowNone()) {
            return new RobotsRules(List.of(Rule.of("/", false)));
        }
        return new RobotsRules(
                read.getRobotRules().stream()
                        .sorted()
                        .map(rule -> Rule.of(rule.getPrefix(), rule.isAllow()))
                        .toList());
    }

    private static byte[] withoutLongLines(byte[] text) {
        byte[] kept = new byte[text.length];
        int length = 0;
        for (int start = 0; start < text.length; ) {
            int end = start;
            while (end < text.length && text[end] != '\n' && text[end] != '\r') {
                end++;
            }
            end = Math.min(end + 1, text.length);
            if (end - start <= LONGEST_LINE) {
                System.arraycopy(text, start, kept, length, end - start);
                length += end - start;
            }
            start = end;
        }
        return length == text.length ? text : Arrays.copyOf(kept, length);
    }

    /** Whether there are more wildcards than can be matched with so long a path in a short time. */
    boolean isTooMuchWork(String path) {
        long wild = rules.stream().filter(rule -> rule.pattern().indexOf('*') >= 0).count();
        return wild * path.length() > MOST_WORK;
    }

    /** Whether we may ask for this path and query. */
    boolean allows(String path) {
        String text = SimpleRobotRules.escapePath(path, SPECIAL);
        if (text.equals("/robots.txt")) {
            return true;
        }
        for (Rule rule : rules) {
            if (rule.matches(text)) {
                return rule.allow();
            }
        }
        return true;
    }

    /** About how many bytes of memory it holds. */
    long weight() {
        return rules.stream().mapToLong(rule -> 100 + rule.pattern().length()).sum();
    }

    /**
     * One line.
     *
     * @param pattern with {@code *} for any characters, without a last {@code $}
     * @param least characters of a path that can match
     * @param toEnd whether the path must end where the pattern does
     */
    record Rule(String pattern, int least, boolean toEnd, boolean allow) {

        /** Up to this length the plain search is as good as linear. */
        private static final int SHORT = 4;

        static Rule of(String line, boolean allow) {
            boolean toEnd = line.endsWith("$");
            String pattern = toEnd ? line.substring(0, line.length() - 1) : line;
            int stars = (int) pattern.chars().filter(c -> c == '*').count();
            return new Rule(pattern, pattern.length() - stars, toEnd, allow);
        }

        /** The page of a folder goes by either name, as for Google and crawler-commons. */
        boolean matches(String path) {
            if (matches(path, pattern, least, toEnd)) {
                return true;
            }
            int page = pattern.lastIndexOf("/index.htm");
            boolean names = page >= 0 && pattern.length() - page <= "/index.html".length();
            return names
                    && (pattern.endsWith("/index.htm") || pattern.endsWith("/index.html"))
                    && matches(path, pattern.substring(0, page + 1), 0, true);
        }

        private static boolean matches(String path, String pattern, int least, boolean toEnd) {
            if (path.length() < least) {
                return false;
            }
            int star = pattern.indexOf('*');
            if (star < 0) {
                return path.startsWith(pattern) && (!toEnd || path.length() == pattern.length());
            }
            if (!path.regionMatches(0, pattern, 0, star)) {
                return false;
            }
            int at = star;
            while (true) {
                int next = pattern.indexOf('*', star + 1);
                int end = next < 0 ? pattern.length() : next;
                int length = end - star - 1;
                if (next < 0 && toEnd) {
                    return path.length() - at >= length
                            && path.regionMatches(
                                    path.length() - length, pattern, star + 1, length);
                }
                at = after(path, at, pattern, star + 1, end);
                if (at < 0 || next < 0) {
                    return at >= 0;
                }
                star = next;
            }
        }

        /** Where the first place of the pattern's part in the path ends; -1 if it has none. */
        private static int after(String path, int from, String pattern, int start, int end) {
            int length = end - start;
            if (length <= SHORT) {
                for (int at = from; at + length <= path.length(); at++) {
                    if (path.regionMatches(at, pattern, start, length)) {
                        return at + length;
                    }
                }
                return -1;
            }
            if (path.length() - from < length) {
                return -1;
            }
            int[] border = borders(pattern, start, length);
            int seen = 0;
            for (int at = from; at < path.length(); at++) {
                while (seen > 0 && path.charAt(at) != pattern.charAt(start + seen)) {
                    seen = border[seen - 1];
                }
                if (path.charAt(at) == pattern.charAt(start + seen) && ++seen == length) {
                    return at + 1;
                }
            }
            return -1;
        }

        /** Knuth, Morris and Pratt's: the longest end of each beginning that is a beginning. */
        private static int[] borders(String pattern, int start, int length) {
            int[] border = new int[length];
            int seen = 0;
            for (int i = 1; i < length; i++) {
                while (seen > 0 && pattern.charAt(start + i) != pattern.charAt(start + seen)) {
                    seen = border[seen - 1];
                }
                if (pattern.charAt(start + i) == pattern.charAt(start + seen)) {
                    seen++;
                }
                border[i] = seen;
            }
            return border;
        }
    }
}
