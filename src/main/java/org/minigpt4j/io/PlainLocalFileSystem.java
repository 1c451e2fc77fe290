package org.minigpt4j.io;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;

import java.io.IOException;
import java.net.URI;

/**
 * Hadoop's local files without the checksums that it keeps beside them, which outlive what other
 * programs write. Of Hadoop's own type, because its stores insist on that for their buffers.
 */
public final class PlainLocalFileSystem extends LocalFileSystem {

    @Override
    public void initialize(URI uri, Configuration configuration) throws IOException {
        super.initialize(uri, configuration);
        setVerifyChecksum(false);
        setWriteChecksum(false);
    }
}
