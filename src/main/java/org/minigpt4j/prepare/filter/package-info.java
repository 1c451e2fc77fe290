/** Which pairs are worth downloading, judged by their caption and the list's other columns. */
package org.minigpt4j.prepare.filter;
