/**
 * Weight files, read and written without Python: safetensors, PyTorch's zip-pickles, Hugging Face
 * shard folders and MiniGPT-4's own checkpoints. A tensor here is bytes, a dtype and a shape; what
 * is computed with it lies above. {@link org.minigpt4j.weights.TensorSource#open} is the way in.
 */
package org.minigpt4j.weights;
