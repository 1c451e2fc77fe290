package org.minigpt4j.cluster;

import org.minigpt4j.cluster.protocol.MemberId;

import java.io.Serializable;

/** What a cluster runs once on each host. */
public interface HostTask extends Serializable {

    /**
     * Does its work until the driver ends the run.
     *
     * @param self which rank this is
     * @param host the address that Spark uses here
     * @throws InterruptedException if Spark ends the task
     */
    void run(MemberId self, String host) throws InterruptedException;
}
