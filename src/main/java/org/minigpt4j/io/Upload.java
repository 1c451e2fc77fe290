package org.minigpt4j.io;

import java.io.IOException;
import java.io.OutputStream;

/** A file in the making. Closed without a commit it never was. */
public interface Upload extends AutoCloseable {

    /** Where its bytes go; not to be closed. */
    OutputStream stream();

    /** Makes it a file, whole, in place of one that had its name. */
    void commit() throws IOException;

    @Override
    void close() throws IOException;
}
