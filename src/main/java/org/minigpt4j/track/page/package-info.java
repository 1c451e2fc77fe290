/** Pages and curves for people. */
package org.minigpt4j.track.page;
