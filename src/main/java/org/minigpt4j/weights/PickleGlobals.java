package org.minigpt4j.weights;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * The allow list: every global that a pickle may name, and its meaning here. Nothing else is looked
 * up, loaded or called.
 */
final class PickleGlobals {

    /** The meaning of a global on the list. */
    sealed interface Global {}

    /** A storage class, which determines the type of its elements. */
    record StorageType(DType dtype) implements Global {}

    /** A global that stands for a value, such as {@code torch.float16}. */
    record Constant(Object value) implements Global {}

    /** A function and its only effect; its arguments are not checked before the call. */
    record Function(String name, Body body) implements Global {}

    /** Computes the result; throws {@link IllegalArgumentException} if the arguments are wrong. */
    interface Body {
        Object call(List<Object> arguments);
    }

    private static final Map<String, Global> ALLOWED = allowed();

    private PickleGlobals() {}

    /** The meaning of {@code module.name}, or null if it is not on the list. */
    static Global find(String module, String name) {
        return ALLOWED.get(module + " " + name);
    }

    private static Map<String, Global> allowed() {
        var list = new HashMap<String, Global>();
        storage(list, "DoubleStorage", DType.F64, "float64", "double");
        storage(list, "FloatStorage", DType.F32, "float32", "float");
        storage(list, "HalfStorage", DType.F16, "float16", "half");
        storage(list, "BFloat16Storage", DType.BF16, "bfloat16");
        storage(list, "LongStorage", DType.I64, "int64", "long");
        storage(list, "IntStorage", DType.I32, "int32", "int");
        storage(list, "ShortStorage", DType.I16, "int16", "short");
        storage(list, "CharStorage", DType.I8, "int8");
        storage(list, "ByteStorage", DType.U8, "uint8");
        storage(list, "BoolStorage", DType.BOOL, "bool");
        function(list, "torch._utils", "_rebuild_tensor_v2", PickleGlobals::tensor);
        function(list, "torch._utils", "_rebuild_parameter", PickleGlobals::parameter);
        function(list, "torch", "Size", PickleGlobals::size);
        function(list, "torch", "device", PickleGlobals::device);
        function(list, "collections", "OrderedDict", PickleGlobals::orderedDict);
        function(list, "__builtin__", "set", PickleGlobals::set);
        function(list, "builtins", "set", PickleGlobals::set);
        return Map.copyOf(list);
    }

    private static void storage(
            Map<String, Global> list, String type, DType dtype, String... dtypeNames) {
        list.put("torch " + type, new StorageType(dtype));
        for (String name : dtypeNames) {
            list.put("torch " + name, new Constant("torch." + dtypeNames[0]));
        }
    }

    private static void function(Map<String, Global> list, String module, String name, Body body) {
        list.put(module + " " + name, new Function(module + "." + name, body));
    }

    /** Arguments: (storage, offset, size, stride, requires_grad, hooks[, metadata]). */
    private static Object tensor(List<Object> args) {
        requireCount(args, 6, 7);
        if (args.size() == 7 && args.get(6) instanceof Map<?, ?> flags && !flags.isEmpty()) {
            throw new IllegalArgumentException("a conjugated or negated view");
        }
        return new StridedTensor(
                as(StridedTensor.Storage.class, args.get(0)),
                as(Long.class, args.get(1)),
                longs(args.get(2)),
                longs(args.get(3)));
    }

    /** Arguments: (tensor, requires_grad, hooks). */
    private static Object parameter(List<Object> args) {
        requireCount(args, 3, 3);
        return as(TorchTensor.class, args.get(0));
    }

    private static Object device(List<Object> args) {
        requireCount(args, 1, 2);
        String type = as(String.class, args.get(0));
        return args.size() == 1 ? type : type + ":" + as(Long.class, args.get(1));
    }

    private static Object size(List<Object> args) {
        requireCount(args, 1, 1);
        return as(PyTuple.class, args.get(0));
    }

    /** No argument, or a list of pairs as older Python versions write it. */
    private static Object orderedDict(List<Object> args) {
        requireCount(args, 0, 1);
        var dict = new LinkedHashMap<Object, Object>();
        for (Object pair : args.isEmpty() ? List.of() : as(List.class, args.get(0))) {
            List<?> items = pair instanceof PyTuple tuple ? tuple.items() : as(List.class, pair);
            if (items.size() != 2) {
                throw new IllegalArgumentException("a pair of " + items.size());
            }
            dict.put(key(items.get(0)), items.get(1));
        }
        return dict;
    }

    private static Object set(List<Object> args) {
        requireCount(args, 1, 1);
        var set = new LinkedHashSet<Object>();
        for (Object item : as(List.class, args.get(0))) {
            set.add(key(item));
        }
        return set;
    }

    /** Accepts only plain scalars as keys: hashing a crafted container could take forever. */
    static Object key(Object key) {
        if (key == null
                || key instanceof String
                || key instanceof Number
                || key instanceof Boolean) {
            return key;
        }
        throw new IllegalArgumentException("a key that is not a string, number or None");
    }

    /** Casts a value, or throws if it has another type. */
    static <T> T as(Class<T> type, Object value) {
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException(
                    "a value of the wrong type (expected %s)".formatted(type.getSimpleName()));
        }
        return type.cast(value);
    }

    private static void requireCount(List<Object> args, int least, int most) {
        if (args.size() < least || args.size() > most) {
            throw new IllegalArgumentException(args.size() + " arguments");
        }
    }

    private static long[] longs(Object value) {
        return as(PyTuple.class, value).items().stream()
                .mapToLong(item -> as(Long.class, item))
                .toArray();
    }
}
