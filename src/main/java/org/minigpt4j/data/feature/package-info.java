/** The Q-Former's outputs of samples, kept on disk between runs. */
package org.minigpt4j.data.feature;
