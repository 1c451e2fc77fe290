/** The Q-Former's output for each sample, kept on disk between runs. */
package org.minigpt4j.data.feature;
