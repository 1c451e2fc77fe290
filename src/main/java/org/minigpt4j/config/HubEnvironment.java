package org.minigpt4j.config;

import java.util.Map;
import java.util.Optional;

/**
 * What Hugging Face's own programs take from the environment.
 *
 * @param token {@code HF_TOKEN}, for models that want a login
 */
public record HubEnvironment(Optional<String> token) {

    /** That of this process. */
    public static HubEnvironment ofProcess() {
        return of(System.getenv());
    }

    /** The settings among these variables; empty ones count as missing. */
    static HubEnvironment of(Map<String, String> variables) {
        return new HubEnvironment(
                Optional.ofNullable(variables.get("HF_TOKEN")).filter(token -> !token.isBlank()));
    }

    /** Keeps the token out of logs. */
    @Override
    public String toString() {
        return token.isPresent() ? "HF_TOKEN is set" : "HF_TOKEN is not set";
    }
}
