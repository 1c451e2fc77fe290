/**
 * Exports trained models for other programs: Hugging Face's transformers and upstream's Python
 * code.
 */
package org.minigpt4j.chat.export;
