/** What the field's own scripts get from Python, where Java's nearest method differs. */
package org.minigpt4j.eval.python;
