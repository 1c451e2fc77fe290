/**
 * Picture files to pixels and back: decoding, resizing, encoding, and hashes of what a picture
 * shows.
 */
package org.minigpt4j.image;
