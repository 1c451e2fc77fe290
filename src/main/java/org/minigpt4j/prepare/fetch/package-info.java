/**
 * Files from the open web: many at a time, none from a private address, none larger or slower than
 * allowed, and no host pressed harder than it bears. A failure is a value with a cause, because a
 * list of millions of links is expected to hold many.
 */
package org.minigpt4j.prepare.fetch;
