/** Pictures that were there before: equal by hash, or nearly equal by what they show. */
package org.minigpt4j.prepare.dedupe;
