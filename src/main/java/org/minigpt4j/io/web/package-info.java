/**
 * Single files from the open web, for code that gets addresses from strangers: which addresses may
 * be connected to, a client that connects to no others, one request under deadlines and a number of
 * bytes, and content codings undone within bounds.
 */
package org.minigpt4j.io.web;
