/** The commands: they parse options, call the package that does the work, and print. */
package org.minigpt4j.cli;
