/** Files as this project needs them: written whole or not at all, and known by their hash. */
package org.minigpt4j.io;
