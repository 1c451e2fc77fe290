/** Scenes of coloured shapes, and what can be said about them. */
package org.minigpt4j.nano.scene;
