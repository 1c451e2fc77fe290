/** The stores for runs: an MLflow server over REST, or MLflow's SQLite file. */
package org.minigpt4j.track.store;
