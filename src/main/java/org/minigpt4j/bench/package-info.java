/** Measurements: what a step, a loader or a job takes on the machine at hand. */
package org.minigpt4j.bench;
