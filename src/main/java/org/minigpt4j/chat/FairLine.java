package org.minigpt4j.chat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A queue in which hosts take turns, and within a host its user names take turns. A newcomer waits
 * for at most one entry of each other host, and within its host for at most one of each other name,
 * however many entries they have. Not thread-safe.
 */
final class FairLine<T> {

    /** Entries by host and name, in the order of their turns; no inner collection is empty. */
    private final Map<String, Map<String, Deque<T>>> hosts = new LinkedHashMap<>();

    private int size;

    void add(Asker who, T one) {
        hosts.computeIfAbsent(who.host(), host -> new LinkedHashMap<>())
                .computeIfAbsent(who.name(), name -> new ArrayDeque<>())
                .add(one);
        size++;
    }

    /** Returns the next entry; null if the queue is empty. */
    T peek() {
        return size == 0 ? null : first(first(hosts)).peek();
    }

    /** Removes and returns the next entry; null if the queue is empty. */
    T poll() {
        if (size == 0) {
            return null;
        }
        size--;
        String host = hosts.keySet().iterator().next();
        Map<String, Deque<T>> names = hosts.remove(host);
        String name = names.keySet().iterator().next();
        Deque<T> line = names.remove(name);
        T one = line.remove();
        if (!line.isEmpty()) {
            names.put(name, line); // reinserted at the end
        }
        if (!names.isEmpty()) {
            hosts.put(host, names);
        }
        return one;
    }

    private static <V> V first(Map<String, V> map) {
        Iterator<V> values = map.values().iterator();
        return values.next();
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    /** Number of waiting entries of a host. */
    int size(String host) {
        return hosts.getOrDefault(host, Map.of()).values().stream().mapToInt(Deque::size).sum();
    }

    /** Number of hosts with waiting entries. */
    int hosts() {
        return hosts.size();
    }

    /** Removes and returns all entries. */
    List<T> drain() {
        List<T> all = new ArrayList<>(size);
        hosts.values().forEach(names -> names.values().forEach(all::addAll));
        hosts.clear();
        size = 0;
        return all;
    }
}
