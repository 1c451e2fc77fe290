/** Scenes written in the formats of the large data sets. */
package org.minigpt4j.nano.files;
