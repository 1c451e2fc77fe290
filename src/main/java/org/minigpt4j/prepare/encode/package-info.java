/** Encoding a data set ahead of training: what is left to do, and the task that does a part. */
package org.minigpt4j.prepare.encode;
