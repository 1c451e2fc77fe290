/**
 * YAML files read, merged and overridden as upstream does it; every value knows where it was
 * written.
 */
package org.minigpt4j.config.yaml;
