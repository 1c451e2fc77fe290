/**
 * From files to micro-batches: shards and their index, the order of samples, pictures and captions
 * made ready as the reference makes them, the tokenizer, and the loader that does all of it on
 * worker threads. Knows nothing of the model; pixels leave as RGB bytes, text as token ids.
 */
package org.minigpt4j.data;
