package org.minigpt4j.chat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A line in which those who ask take turns: whoever is new waits for one of each other host at
 * most, and in the share of a host for one of each other name, however many these have brought. Not
 * safe for use by many threads.
 */
final class FairLine<T> {

    /** By host and name, in the order of their turns; none is empty. */
    private final Map<String, Map<String, Deque<T>>> hosts = new LinkedHashMap<>();

    private int size;

    void add(Asker who, T one) {
        hosts.computeIfAbsent(who.host(), host -> new LinkedHashMap<>())
                .computeIfAbsent(who.name(), name -> new ArrayDeque<>())
                .add(one);
        size++;
    }

    /** Whose turn it is; null if nobody waits. */
    T peek() {
        return size == 0 ? null : first(first(hosts)).peek();
    }

    /** Takes out whose turn it is; null if nobody waits. */
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
            names.put(name, line); // at the end
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

    /** How many of a host wait. */
    int size(String host) {
        return hosts.getOrDefault(host, Map.of()).values().stream().mapToInt(Deque::size).sum();
    }

    /** How many hosts wait. */
    int hosts() {
        return hosts.size();
    }

    /** Takes out all. */
    List<T> drain() {
        List<T> all = new ArrayList<>(size);
        hosts.values().forEach(names -> names.values().forEach(all::addAll));
        hosts.clear();
        size = 0;
        return all;
    }
}
