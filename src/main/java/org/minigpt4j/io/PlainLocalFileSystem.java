package org.minigpt4j.io;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.LocalFileSystem;

import java.io.IOException;
import java.net.URI;

/**
 * Hadoop's local file system without its checksum files, which become stale when other programs
 * write. It is a subclass of Hadoop's own type because Hadoop's stores require that for their
 * buffers.
 */
public final class PlainLocalFileSystem extends LocalFileSystem {

    @Override
    public void initialize(URI uri, Configuration configuration) throws IOException {
        super.initialize(uri, configuration);
        setVerifyChecksum(false);
        setWriteChecksum(false);
    }
}
