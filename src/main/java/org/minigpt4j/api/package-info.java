/**
 * For programs that embed a MiniGPT-4. The public types of this package are the API, see
 * docs/java.md; all other packages may change without notice.
 */
package org.minigpt4j.api;
