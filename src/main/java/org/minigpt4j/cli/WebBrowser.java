package org.minigpt4j.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Opens the web browser on this machine, if it has a screen. */
final class WebBrowser {

    private WebBrowser() {}

    /** Opens an address. Does nothing if there is no screen or the browser fails to start. */
    static void open(String address) {
        String system = System.getProperty("os.name", "");
        command(system, System.getenv(), address)
                .ifPresent(
                        command -> {
                            try {
                                new ProcessBuilder(command)
                                        .redirectErrorStream(true)
                                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                        .start()
                                        .getOutputStream()
                                        .close();
                            } catch (IOException e) {
                                // The address was printed, so the user can open it.
                            }
                        });
    }

    /** The command that opens an address; empty if there is no screen. */
    static Optional<List<String>> command(
            String system, Map<String, String> environment, String address) {
        String name = system.toLowerCase(Locale.ROOT);
        if (name.startsWith("mac")) {
            return Optional.of(List.of("open", address));
        }
        if (name.startsWith("windows")) {
            return Optional.of(List.of("rundll32", "url.dll,FileProtocolHandler", address));
        }
        boolean screen =
                environment.containsKey("DISPLAY") || environment.containsKey("WAYLAND_DISPLAY");
        return screen && !environment.containsKey("SSH_CONNECTION")
                ? Optional.of(List.of("xdg-open", address))
                : Optional.empty();
    }
}
