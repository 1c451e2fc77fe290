/**
 * File access: atomic writes, local and remote stores, hashes, and safe handling of foreign text
 * and JSON.
 */
package org.minigpt4j.io;
