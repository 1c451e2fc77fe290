/**
 * The API for programs that embed MiniGPT-4; see docs/java.md. All other packages may change
 * without notice.
 */
package org.minigpt4j.api;
