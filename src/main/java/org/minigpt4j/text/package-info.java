/** Captions and prompts to token ids: tokenizers, templates, and the layout of a batch of texts. */
package org.minigpt4j.text;
