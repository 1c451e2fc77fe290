/** {@code launch/weights} and its subcommands. */
package org.minigpt4j.cli.weights;
