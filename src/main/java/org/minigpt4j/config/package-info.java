/**
 * What a run is told to do: upstream's YAML vocabulary, merged as upstream merges it, as typed
 * records. {@link org.minigpt4j.config.TrainConfig#load} and {@link
 * org.minigpt4j.config.EvalConfig#load} are the ways in. A record component with its {@code @Key}
 * is the one place that says a key's type, default, range and meaning; binding, error messages and
 * {@code docs/configuration.md} are all made from it.
 */
package org.minigpt4j.config;
