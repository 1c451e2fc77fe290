/**
 * Text from the trained model: greedy, beam and sampled decoding over a cache of keys and values,
 * by the rules of Hugging Face's {@code generate} (transformers 4.28) called with {@code
 * inputs_embeds}.
 */
package org.minigpt4j.generate;
