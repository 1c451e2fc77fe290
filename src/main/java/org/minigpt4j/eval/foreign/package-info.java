/**
 * Metrics out of jars that the user names, each in a process of its own: their licences keep them
 * apart from this program.
 */
package org.minigpt4j.eval.foreign;
