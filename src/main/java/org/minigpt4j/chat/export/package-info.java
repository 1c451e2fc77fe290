/** Trained models for the programs of others: Hugging Face's transformers, and upstream. */
package org.minigpt4j.chat.export;
