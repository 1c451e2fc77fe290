/** Asks a model about scenes it never saw, and marks its answers. */
package org.minigpt4j.nano.exam;
