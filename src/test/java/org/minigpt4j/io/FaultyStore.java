package org.minigpt4j.io;

import org.minigpt4j.FailedException;

import java.nio.ByteBuffer;
import java.util.List;

/** A store whose n-th call fails, and, as after a crash, every call behind it. */
public final class FaultyStore implements Store {

    /** What the failing call has done before it fails. */
    public enum Fault {
        /** Nothing. */
        BEFORE,
        /** All of it, but the caller never hears so. */
        AFTER,
        /** Half of what was to be put, which is less than a store promises. */
        TORN
    }

    private final Store store;
    private final int failing;
    private final Fault fault;
    private int calls;

    public FaultyStore(Store store, int failing, Fault fault) {
        this.store = store;
        this.failing = failing;
        this.fault = fault;
    }

    /** Whether a call has failed. */
    public boolean hasFailed() {
        return calls >= failing;
    }

    private boolean before() {
        calls++;
        if (calls > failing || calls == failing && fault == Fault.BEFORE) {
            throw new FailedException("could not write: No space left on device");
        }
        return calls == failing;
    }

    private static void after(boolean fails) {
        if (fails) {
            throw new FailedException("the connection broke");
        }
    }

    @Override
    public void put(String name, List<ByteBuffer> content) {
        boolean fails = before();
        store.put(name, fails && fault == Fault.TORN ? half(content) : content);
        after(fails);
    }

    private static List<ByteBuffer> half(List<ByteBuffer> content) {
        return content.stream().map(part -> part.slice(0, part.remaining() / 2)).toList();
    }

    @Override
    public byte[] get(String name) {
        after(before());
        return store.get(name);
    }

    @Override
    public List<String> list(String prefix) {
        after(before());
        return store.list(prefix);
    }

    @Override
    public void delete(String name) {
        boolean fails = before();
        store.delete(name);
        after(fails);
    }

    @Override
    public String describe(String name) {
        return store.describe(name);
    }
}
