package org.minigpt4j.cli.option;

import org.minigpt4j.UsageException;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** The options of servers: the address to listen on and the token that clients need. */
public final class ListenOptions {

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "The address to listen on. Default: ${DEFAULT-VALUE}.")
    private String host = "127.0.0.1";

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description =
                    "A file whose first line clients must send as Authorization:"
                            + " Bearer. Required if other machines can reach the server.")
    private Path tokenFile;

    /** The address to listen on. */
    public String host() {
        return host;
    }

    /** Whether only this machine can reach the server. */
    public boolean isLoopback() {
        return Set.of("127.0.0.1", "localhost", "::1").contains(host);
    }

    /**
     * The token that clients must send; empty if none was given.
     *
     * @throws UsageException if its file cannot be read, or if other machines can reach the server
     *     and there is no token
     */
    public Optional<String> token() {
        if (!isLoopback() && tokenFile == null) {
            throw new UsageException(
                    "--host %s lets other machines reach the server; also give a --token-file"
                            .formatted(host));
        }
        return Optional.ofNullable(tokenFile).map(ListenOptions::read);
    }

    private static String read(Path file) {
        try {
            String token = Files.readString(file).lines().findFirst().orElse("").strip();
            if (token.isEmpty()) {
                throw new UsageException(
                        "--token-file %s: its first line is empty".formatted(file));
            }
            return token;
        } catch (IOException e) {
            throw new UsageException(
                    "--token-file %s cannot be read: %s".formatted(file, e.getMessage()), e);
        }
    }
}
