/**
 * The small world: scenes of coloured shapes and lettered cubes, pictures and texts of them, and
 * the small vocabulary their words are made of. It lets everything be run on real files, in the
 * formats of the large data sets, on a laptop without a download. Readers of those files know
 * nothing of this package.
 */
package org.minigpt4j.nano;
