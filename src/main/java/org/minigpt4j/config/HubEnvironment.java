package org.minigpt4j.config;

import java.util.Map;
import java.util.Optional;

/**
 * Settings of Hugging Face's programs in the environment.
 *
 * @param token {@code HF_TOKEN}, for models that require a login; empty if it is not set
 */
public record HubEnvironment(Optional<String> token) {

    /** The settings in this process's environment. */
    public static HubEnvironment ofProcess() {
        return of(System.getenv());
    }

    /** The settings in these variables; empty values count as missing. */
    static HubEnvironment of(Map<String, String> variables) {
        return new HubEnvironment(
                Optional.ofNullable(variables.get("HF_TOKEN")).filter(token -> !token.isBlank()));
    }

    /** Hides the token from logs. */
    @Override
    public String toString() {
        return token.isPresent() ? "HF_TOKEN is set" : "HF_TOKEN is not set";
    }
}
