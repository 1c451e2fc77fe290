package org.minigpt4j.io;

import java.io.IOException;
import java.io.OutputStream;

/** A file that is being written. If it is closed without a commit, it never appears. */
public interface Upload extends AutoCloseable {

    /** The stream to write to; do not close it. */
    OutputStream stream();

    /** Makes the file appear, replacing an existing one. */
    void commit() throws IOException;

    @Override
    void close() throws IOException;
}
