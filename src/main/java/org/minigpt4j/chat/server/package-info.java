/** The HTTP server: a model that programs can ask, in the words of OpenAI's API. */
package org.minigpt4j.chat.server;
