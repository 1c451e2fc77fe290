/**
 * The configuration of a run: upstream's YAML vocabulary, merged as in upstream, as typed records.
 * Start with {@link org.minigpt4j.config.TrainConfig#load} and {@link
 * org.minigpt4j.config.EvalConfig#load}. A record component with {@code @Key} is the only
 * definition of a key's type, default, range and meaning; binding, error messages and {@code
 * docs/configuration.md} are derived from it.
 */
package org.minigpt4j.config;
