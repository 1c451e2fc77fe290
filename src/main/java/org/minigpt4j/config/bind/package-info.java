/**
 * Binds YAML to typed records: the annotations that describe a key, and the checks that follow from
 * them.
 */
package org.minigpt4j.config.bind;
