/** Terminal output of the commands: progress, tables and results. */
package org.minigpt4j.cli.screen;
