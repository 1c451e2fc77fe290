/**
 * What became of a list of pairs: figures counted on the cluster, as JSON and as one page to look
 * at.
 */
package org.minigpt4j.prepare.report;
