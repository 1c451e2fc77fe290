/**
 * Chats with trained models: conversations and their prompts, streamed answers, and the HTTP
 * server.
 */
package org.minigpt4j.chat;
