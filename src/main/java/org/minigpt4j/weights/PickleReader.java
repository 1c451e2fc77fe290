package org.minigpt4j.weights;

import static org.minigpt4j.weights.PickleGlobals.as;

import org.minigpt4j.UsageException;
import org.minigpt4j.io.ForeignText;
import org.minigpt4j.weights.PickleGlobals.Constant;
import org.minigpt4j.weights.PickleGlobals.Function;
import org.minigpt4j.weights.PickleGlobals.Global;
import org.minigpt4j.weights.PickleGlobals.StorageType;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a pickle as data. A pickle is a program for a small stack machine. Its opcodes push numbers
 * and strings; open a MARK and gather everything above it into a tuple, list or dict; store a value
 * in the memo and fetch it again (so that two places share one object); name a global by module and
 * name; and call it (REDUCE). Python's own machine imports and calls anything that is named, so a
 * "weight file" can run any command. This one differs in one respect: a global is looked up in
 * {@link PickleGlobals}, a closed list of storage types, dtypes and six functions whose meaning is
 * defined there. Any other global is refused by name before anything is done with it. INST, OBJ,
 * NEWOBJ, the extension registry and the text opcodes of protocols 0 and 1 are refused too:
 * torch.save writes protocol 2, or 3 to 5 on request, and never uses them.
 *
 * <p>Tensors are built from a persistent id, {@code ('storage', type, key, device, elements)},
 * whose bytes are next to the pickle in the archive, and from {@code _rebuild_tensor_v2}, which
 * adds sizes and strides. The device is ignored: everything is read to host memory. BUILD, which
 * sets attributes, is accepted only for dicts; a state dict has one attribute, {@code _metadata}
 * (version numbers of modules), which is dropped.
 *
 * <p>The result is a tree of {@link LinkedHashMap}, {@link ArrayList}, {@link LinkedHashSet},
 * {@link PyTuple}, Long, {@link java.math.BigInteger}, Double, Boolean, String, {@link TorchTensor}
 * and null for None; dtypes and devices become their names. A hostile file can still request too
 * much. {@link #MOST_VALUES} limits the number of values created, including those that a call
 * copies out of a list. {@link PlainTree} limits the depth and the unfolded size of the result
 * (shared lists of shared lists grow like 10 to the n) and refuses a container that contains
 * itself. Nothing here is recursive or hashes a container before that check.
 */
final class PickleReader {
    private static final int MOST_VALUES = 4_000_000;
    private static final int LONGEST_INTEGER = 1024;

    private static final int PROTO = 0x80;
    private static final int NEWOBJ = 0x81;
    private static final int EXT1 = 0x82;
    private static final int EXT4 = 0x84;
    private static final int TUPLE1 = 0x85;
    private static final int TUPLE2 = 0x86;
    private static final int TUPLE3 = 0x87;
    private static final int NEWTRUE = 0x88;
    private static final int NEWFALSE = 0x89;
    private static final int LONG1 = 0x8a;
    private static final int LONG4 = 0x8b;
    private static final int SHORT_BINUNICODE = 0x8c;
    private static final int BINUNICODE8 = 0x8d;
    private static final int EMPTY_SET = 0x8f;
    private static final int ADDITEMS = 0x90;
    private static final int FROZENSET = 0x91;
    private static final int NEWOBJ_EX = 0x92;
    private static final int STACK_GLOBAL = 0x93;
    private static final int MEMOIZE = 0x94;
    private static final int FRAME = 0x95;

    /** Returns the bytes of a persistent id's storage. */
    interface Storages {
        /**
         * Returns the storage with that key.
         *
         * @throws IllegalArgumentException if it does not exist or is shorter
         */
        StridedTensor.Storage storage(String key, DType dtype, long elements);
    }

    private final PickleInput input;
    private final Storages storages;
    private final List<Object> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Integer, Object> memo = new HashMap<>();
    private long made;

    private PickleReader(PickleInput input, Storages storages) {
        this.input = input;
        this.storages = storages;
    }

    /** Reads {@code pickle} as a plain tree; {@code file} is used in messages. */
    static Object read(String file, ByteBuffer pickle, Storages storages) {
        PickleInput input = new PickleInput(file, pickle);
        try {
            return PlainTree.check(new PickleReader(input, storages).run());
        } catch (IllegalArgumentException e) {
            throw new UsageException(input.refuse(e.getMessage()).getMessage(), e);
        }
    }

    private Object run() {
        while (true) {
            int opcode = input.u8();
            charge(1);
            if (opcode == '.') {
                Object result = pop();
                if (!stack.isEmpty() || !marks.isEmpty()) {
                    throw input.refuse("values are left over at its end");
                }
                return result;
            }
            step(opcode);
        }
    }

    /** Counts new values. An opcode creates at most one; a call, as many as its arguments. */
    private void charge(long values) {
        made += values;
        if (made > MOST_VALUES) {
            throw input.refuse(
                    "it creates more than %s values, more than any weight file needs"
                            .formatted(Integer.toString(MOST_VALUES)));
        }
    }

    private void step(int opcode) {
        switch (opcode) {
            case PROTO -> protocol(input.u8());
            case FRAME -> input.i64();
            case 'N' -> push(null);
            case NEWTRUE -> push(true);
            case NEWFALSE -> push(false);
            case 'K' -> push((long) input.u8());
            case 'M' -> push((long) input.u16());
            case 'J' -> push((long) input.i32());
            case LONG1 -> push(input.integer(input.u8()));
            case LONG4 -> push(longInteger(input.i32()));
            case 'G' -> push(input.f64());
            case SHORT_BINUNICODE -> push(input.text(input.u8()));
            case 'X' -> push(input.text(Integer.toUnsignedLong(input.i32())));
            case BINUNICODE8 -> push(input.text(input.i64()));
            case '(' -> marks.add(stack.size());
            case ')' -> push(new PyTuple(List.of()));
            case TUPLE1 -> push(new PyTuple(take(1)));
            case TUPLE2 -> push(new PyTuple(take(2)));
            case TUPLE3 -> push(new PyTuple(take(3)));
            case 't' -> push(new PyTuple(takeToMark()));
            case ']' -> push(new ArrayList<>());
            case 'a' -> append(take(1));
            case 'e' -> append(takeToMark());
            case '}' -> push(new LinkedHashMap<>());
            case 's' -> setItems(take(2));
            case 'u' -> setItems(takeToMark());
            case EMPTY_SET -> push(new LinkedHashSet<>());
            case ADDITEMS -> addItems(takeToMark());
            case FROZENSET -> {
                List<Object> items = takeToMark();
                push(new LinkedHashSet<>());
                addItems(items);
            }
            case '0' -> pop();
            case '1' -> takeToMark();
            case '2' -> push(top());
            case 'q' -> memo.put(input.u8(), top());
            case 'r' -> memo.put(input.i32(), top());
            case MEMOIZE -> memo.put(memo.size(), top());
            case 'h' -> push(fetch(input.u8()));
            case 'j' -> push(fetch(input.i32()));
            case 'c' -> push(global(input.line(), input.line()));
            case STACK_GLOBAL -> {
                List<Object> name = take(2);
                push(global(as(String.class, name.get(0)), as(String.class, name.get(1))));
            }
            case 'Q' -> push(storage(as(PyTuple.class, pop()).items()));
            case 'R' -> {
                List<Object> call = take(2);
                push(call(call.get(0), as(PyTuple.class, call.get(1)).items()));
            }
            case 'b' -> {
                if (!(pop() instanceof Map<?, ?>) || !(top() instanceof Map<?, ?>)) {
                    throw input.refuse("sets the state of an object that is not a dict");
                }
            }
            default -> throw refusal(opcode);
        }
    }

    private UsageException refusal(int opcode) {
        if (opcode == 'i') {
            return refusal(input.line(), input.line());
        }
        if (opcode == 'o' || opcode == NEWOBJ || opcode == NEWOBJ_EX) {
            return input.refuse("creates an object of a class; only plain values are read");
        }
        if (opcode >= EXT1 && opcode <= EXT4) {
            return input.refuse("names a class by number; only plain values are read");
        }
        return input.refuse("opcode 0x%02x, which torch.save does not write".formatted(opcode));
    }

    private UsageException refusal(String module, String name) {
        return input.refuse(
                "asks for %s.%s, but only tensors and plain values are read. If you trust where"
                                .formatted(ForeignText.line(module), ForeignText.line(name))
                        + " the file is from, load it in Python and save its state dict alone");
    }

    private void protocol(int version) {
        if (version < 2 || version > 5) {
            throw input.refuse("pickle protocol " + version + " is not supported, only 2 to 5");
        }
    }

    private Number longInteger(int length) {
        if (length < 0 || length > LONGEST_INTEGER) {
            throw input.refuse("an integer of " + length + " bytes");
        }
        return input.integer(length);
    }

    private Object global(String module, String name) {
        Global global = PickleGlobals.find(module, name);
        if (global == null) {
            throw refusal(module, name);
        }
        return global instanceof Constant constant ? constant.value() : global;
    }

    private Object call(Object callee, List<Object> arguments) {
        if (!(callee instanceof Function function)) {
            throw input.refuse("calls a value that is not a function");
        }
        arguments.forEach(argument -> charge(size(argument)));
        try {
            return function.body().call(arguments);
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    input.refuse(function.name() + " with " + e.getMessage()).getMessage(), e);
        }
    }

    private static int size(Object value) {
        if (value instanceof PyTuple tuple) {
            return tuple.items().size();
        }
        return value instanceof Collection<?> items ? items.size() : 0;
    }

    private Object storage(List<Object> id) {
        if (id.size() != 5
                || !"storage".equals(id.get(0))
                || !(id.get(1) instanceof StorageType type)
                || !(id.get(2) instanceof String key)
                || !(id.get(4) instanceof Long elements)) {
            throw input.refuse("a persistent id that is not a storage");
        }
        return storages.storage(key, type.dtype(), elements);
    }

    private void append(List<Object> items) {
        @SuppressWarnings("unchecked")
        var list = (List<Object>) as(ArrayList.class, top());
        list.addAll(items);
    }

    private void setItems(List<Object> items) {
        @SuppressWarnings("unchecked")
        var dict = (Map<Object, Object>) as(LinkedHashMap.class, top());
        if (items.size() % 2 != 0) {
            throw input.refuse("a key without a value");
        }
        for (int i = 0; i < items.size(); i += 2) {
            dict.put(PickleGlobals.key(items.get(i)), items.get(i + 1));
        }
    }

    private void addItems(List<Object> items) {
        @SuppressWarnings("unchecked")
        var set = (Set<Object>) as(LinkedHashSet.class, top());
        items.forEach(item -> set.add(PickleGlobals.key(item)));
    }

    private Object fetch(int index) {
        if (!memo.containsKey(index)) {
            throw input.refuse("fetches a value that it never stored");
        }
        return memo.get(index);
    }

    private void push(Object value) {
        stack.add(value);
    }

    private Object pop() {
        return take(1).get(0);
    }

    private Object top() {
        requireAboveMark(1);
        return stack.get(stack.size() - 1);
    }

    private List<Object> takeToMark() {
        if (marks.isEmpty()) {
            throw input.refuse("gathers values without a mark");
        }
        return cut(marks.remove(marks.size() - 1));
    }

    private List<Object> take(int count) {
        requireAboveMark(count);
        return cut(stack.size() - count);
    }

    private void requireAboveMark(int count) {
        int floor = marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
        if (stack.size() - count < floor) {
            throw input.refuse("takes a value from an empty stack");
        }
    }

    private List<Object> cut(int from) {
        List<Object> tail = stack.subList(from, stack.size());
        List<Object> taken = new ArrayList<>(tail);
        tail.clear();
        return taken;
    }
}
