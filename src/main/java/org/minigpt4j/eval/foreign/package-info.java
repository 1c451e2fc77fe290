/**
 * Metrics from jars that the user provides, each run in a separate process. Because of their
 * licences they stay separate from this program.
 */
package org.minigpt4j.eval.foreign;
