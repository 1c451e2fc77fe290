/** Reads, merges and overrides YAML files like upstream; every value knows where it was written. */
package org.minigpt4j.config.yaml;
