/** The page at which a person talks to models. */
package org.minigpt4j.chat.page;
