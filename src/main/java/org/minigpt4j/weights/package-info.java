/**
 * Reads and writes weight files without Python: safetensors, PyTorch's zip-pickles, Hugging Face
 * shard folders and MiniGPT-4's own checkpoints. A tensor here is bytes, a dtype and a shape;
 * computing with it is left to higher packages. Start with {@link
 * org.minigpt4j.weights.TensorSource#open}.
 */
package org.minigpt4j.weights;
