/** What is drawn from the lists, and who may draw: the plan on disk, and the driver's lease. */
package org.minigpt4j.prepare.plan;
