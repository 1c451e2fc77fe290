package org.minigpt4j.model.kernel;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

/** How many threads PyTorch may use for one operation on the processor. */
public final class Threads {

    private Threads() {}

    /** For this thread and those that compute for the first time afterwards. */
    public static void set(int threads) {
        Engine.getInstance(); // loads the native library
        JniUtils.setNumThreads(threads);
    }

    /** How many there are. */
    public static int get() {
        Engine.getInstance();
        return JniUtils.getNumThreads();
    }
}
