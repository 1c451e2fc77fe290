package org.minigpt4j.cli.screen;

import java.lang.reflect.Proxy;

/**
 * Installs signal handlers. A shutdown hook could not distinguish a second signal from the first,
 * so this uses {@code sun.misc.Signal}, which every JDK has in the module jdk.unsupported. It is
 * called by reflection, because the compiler warns about its use.
 */
public final class Signals {

    private Signals() {}

    /**
     * Runs {@code handler} at each signal of this name, such as {@code INT}. Does nothing where
     * signals are not supported.
     *
     * @return restores the previous handler
     */
    public static Runnable on(String name, Runnable handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> type = Class.forName("sun.misc.SignalHandler");
            Object ours =
                    Proxy.newProxyInstance(
                            type.getClassLoader(),
                            new Class<?>[] {type},
                            (proxy, method, arguments) -> {
                                if (method.getName().equals("handle")) {
                                    handler.run();
                                    return null;
                                }
                                return method.invoke(handler, arguments);
                            });
            Object before = set(signal, type, name, ours);
            return () -> restore(signal, type, name, before);
        } catch (ReflectiveOperationException e) {
            return () -> {};
        }
    }

    private static Object set(Class<?> signal, Class<?> type, String name, Object handler)
            throws ReflectiveOperationException {
        return signal.getMethod("handle", signal, type)
                .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
    }

    private static void restore(Class<?> signal, Class<?> type, String name, Object before) {
        try {
            set(signal, type, name, before);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("signal " + name + " could be handled before", e);
        }
    }
}
