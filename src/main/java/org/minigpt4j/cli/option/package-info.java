/** Options that several commands share. */
package org.minigpt4j.cli.option;
