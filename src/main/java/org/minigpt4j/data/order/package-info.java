/** The order of samples, as a pure function of seed, mixture and position. */
package org.minigpt4j.data.order;
