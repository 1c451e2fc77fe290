package org.minigpt4j.io;

import org.apache.hadoop.fs.FSDataOutputStream;

import java.io.IOException;
import java.io.OutputStream;

/**
 * An upload to a store whose objects appear when their stream is closed, but not if it is aborted.
 */
final class ObjectUpload implements Upload {

    private final FSDataOutputStream out;
    private boolean done;

    ObjectUpload(FSDataOutputStream out) {
        this.out = out;
    }

    @Override
    public OutputStream stream() {
        return out;
    }

    @Override
    public void commit() throws IOException {
        done = true;
        out.close();
    }

    @Override
    public void close() throws IOException {
        if (!done) {
            done = true;
            out.abort();
        }
    }
}
