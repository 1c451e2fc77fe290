/**
 * Python text functions that the field's scripts rely on and that Java's closest methods do not
 * match exactly.
 */
package org.minigpt4j.eval.python;
