/**
 * MiniGPT-4's two-stage training for the JVM. The floors, top to bottom, each importing only from
 * below: {@code cli}; {@code eval}, {@code bench}, {@code nano}; {@code train}, {@code prepare},
 * {@code chat}; {@code generate}, {@code cluster}, {@code track}; {@code model}, {@code data};
 * {@code weights}; {@code config}, {@code io}. This package holds the errors that all of them
 * raise.
 */
package org.minigpt4j;
