/** {@code launch/track} and its subcommands. */
package org.minigpt4j.cli.track;
