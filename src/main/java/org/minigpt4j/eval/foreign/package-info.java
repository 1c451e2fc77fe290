/**
 * Metrics out of jars that the user names, each in its own process: their licences keep them apart
 * from this program.
 */
package org.minigpt4j.eval.foreign;
