/** HTML pages and charts. */
package org.minigpt4j.track.page;
