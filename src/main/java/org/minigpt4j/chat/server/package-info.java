/** The HTTP server with OpenAI's API. */
package org.minigpt4j.chat.server;
