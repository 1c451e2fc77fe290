/** Samples before decoding, and the reasons why a sample cannot be used. */
package org.minigpt4j.data.sample;
