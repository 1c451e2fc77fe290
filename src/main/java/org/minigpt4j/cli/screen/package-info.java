/** What commands show on a terminal: progress, tables, and the end of a run. */
package org.minigpt4j.cli.screen;
