/**
 * From files to micro-batches: shards and their index, the order of samples, pictures and captions
 * prepared as in the reference, the tokenizer, and the loader that runs all this on worker threads.
 * It does not depend on the model: pixels are returned as RGB bytes, text as token ids.
 */
package org.minigpt4j.data;
