/** A sample before it is decoded, and why one may be of no use. */
package org.minigpt4j.data.sample;
