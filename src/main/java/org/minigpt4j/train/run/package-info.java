/** A run put together: its parts, its devices, its starting point and its locks. */
package org.minigpt4j.train.run;
