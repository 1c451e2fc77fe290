/**
 * MiniGPT-4's two-stage training for the JVM. The packages form floors, and each floor imports only
 * from the floors below it. From top to bottom: {@code cli}; {@code eval}, {@code bench}, {@code
 * nano}; {@code train}, {@code prepare}, {@code chat}; {@code generate}, {@code cluster}, {@code
 * track}; {@code model}, {@code data}; {@code weights}; {@code config}, {@code io}. This package
 * holds the errors that all of them throw.
 */
package org.minigpt4j;
