/**
 * Talking to a trained model: the conversation and its prompt, answers as they are written, and the
 * server that lets others ask.
 */
package org.minigpt4j.chat;
