/**
 * Random streams that are functions of a seed and a place: no state to save, any number of threads.
 */
package org.minigpt4j.random;
