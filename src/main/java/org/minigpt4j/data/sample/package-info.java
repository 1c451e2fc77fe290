/** Samples before they are decoded, and reasons why a sample cannot be used. */
package org.minigpt4j.data.sample;
