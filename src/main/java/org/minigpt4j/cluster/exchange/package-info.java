/** What carries messages between ranks: connections, frames, and who may speak. */
package org.minigpt4j.cluster.exchange;
