/** {@code launch/bench} and its subcommands. */
package org.minigpt4j.cli.bench;
