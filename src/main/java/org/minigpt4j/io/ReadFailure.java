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

/** Explains to the user why a file could not be read; the reason is never empty. */
public final class ReadFailure {

    private ReadFailure() {}

    /** The exception for {@code file}: a usage error if it does not exist, otherwise a failure. */
    public static MiniGpt4Exception of(Path file, IOException cause) {
        if (Files.isDirectory(file)) {
            return new UsageException(file + " is a folder, not a file", cause);
        }
        if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
            return new UsageException("there is no file " + file, cause);
        }
        if (cause instanceof AccessDeniedException) {
            return new UsageException("cannot read " + file + ": permission denied", cause);
        }
        return new FailedException("could not read %s: %s".formatted(file, reason(cause)), cause);
    }

    /** The reason without the path that the JDK prepends: {@code permission denied}. */
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
            return "a file with this name exists, but not a folder";
        }
        if (cause instanceof EOFException && cause.getMessage() == null) {
            return "it ends too early";
        }
        String message =
                cause instanceof FileSystemException file ? file.getReason() : cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }
}
