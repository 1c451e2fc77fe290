/** Checks a run before it starts: a dry run of its parts, and a forecast of its time and memory. */
package org.minigpt4j.doctor;
