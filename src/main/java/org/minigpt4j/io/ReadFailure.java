package org.minigpt4j.io;

import org.minigpt4j.FailedException;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Says why a file could not be read, in words for a person; never without a reason. */
public final class ReadFailure {

    private ReadFailure() {}

    /** The error to throw for {@code file}: wrong use if it is not there, else a failure. */
    public static MiniGpt4Exception of(Path file, IOException cause) {
        if (Files.isDirectory(file)) {
            return new UsageException(file + " is a folder, not a file", cause);
        }
        if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
            return new UsageException("there is no file " + file, cause);
        }
        if (cause instanceof AccessDeniedException) {
            return new UsageException("may not read " + file + ": permission denied", cause);
        }
        return new FailedException("could not read %s: %s".formatted(file, reason(cause)), cause);
    }

    /** Why, without the path that the JDK puts before it: {@code permission denied}. */
    public static String reason(IOException cause) {
        if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
            return "there is no such file";
        }
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (cause instanceof NotDirectoryException) {
            return "it is not a folder";
        }
        if (cause instanceof FileAlreadyExistsException) {
            return "something that is no folder lies there";
        }
        if (cause instanceof EOFException && cause.getMessage() == null) {
            return "it ends too early";
        }
        String message =
                cause instanceof FileSystemException file ? file.getReason() : cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }
}
