/**
 * The curated pairs of stage 2: a downloaded {@code cc_sbu_align} folder checked item by item, and
 * such a folder built from any pictures with captions.
 */
package org.minigpt4j.prepare.align;
