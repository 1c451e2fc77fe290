package org.minigpt4j.io;

import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An upload to a file system with atomic rename: the bytes go to a hidden file next to the target
 * first.
 */
final class RenamedUpload implements Upload {

    private final FileSystem files;
    private final Path target;
    private final Path temporary;
    private final Configuration configuration;
    private final FSDataOutputStream out;
    private boolean done;

    RenamedUpload(FileSystem files, Path target, Configuration configuration) throws IOException {
        this.files = files;
        // FileContext needs hdfs:///x with its host.
        this.target = files.makeQualified(target);
        this.configuration = configuration;
        String suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
        this.temporary =
                new Path(this.target.getParent(), "." + target.getName() + "." + suffix + ".tmp");
        this.out = files.create(temporary, false);
    }

    @Override
    public OutputStream stream() {
        return out;
    }

    @Override
    public void commit() throws IOException {
        out.hsync();
        out.close();
        // On HDFS, FileSystem.rename refuses to replace a file; this method replaces it atomically.
        FileContext.getFileContext(files.getUri(), configuration)
                .rename(temporary, target, Options.Rename.OVERWRITE);
        if ("file".equals(files.getUri().getScheme())) {
            // A checksum file that another program left belongs to the previous content.
            files.delete(new Path(target.getParent(), "." + target.getName() + ".crc"), false);
        }
        done = true;
    }

    @Override
    public void close() throws IOException {
        if (!done) {
            done = true;
            out.close();
            files.delete(temporary, false);
        }
    }
}
