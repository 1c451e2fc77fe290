/**
 * Fetches single files from the open web, for code that gets addresses from untrusted sources:
 * rules for allowed addresses, a client that connects only to those, requests with deadlines and
 * size limits, and bounded decoding of content codings.
 */
package org.minigpt4j.io.web;
