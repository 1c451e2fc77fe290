/** Looks a run over before it begins: a dry run of its parts, and a forecast of time and memory. */
package org.minigpt4j.doctor;
