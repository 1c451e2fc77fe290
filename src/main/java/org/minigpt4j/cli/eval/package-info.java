/** The commands {@code launch/eval ...}. */
package org.minigpt4j.cli.eval;
