/** A run built from its parts: devices, starting point, locks, and runs on several hosts. */
package org.minigpt4j.train.run;
