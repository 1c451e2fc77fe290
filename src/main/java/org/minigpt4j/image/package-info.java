/** Picture files to pixels and back: decoding, resizing, encoding, and perceptual hashes. */
package org.minigpt4j.image;
