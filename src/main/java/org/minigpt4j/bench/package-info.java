/** Benchmarks: time and memory of a step, a loader or a job on this machine. */
package org.minigpt4j.bench;
