/** The demo web page. */
package org.minigpt4j.chat.page;
