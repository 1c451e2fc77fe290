package org.minigpt4j.cluster;

import org.minigpt4j.cluster.protocol.MemberId;

import java.io.Serializable;
import java.util.List;

/** The task that a cluster runs once on each host. */
public interface HostTask extends Serializable {

    /**
     * Works until the driver ends the run.
     *
     * @param self the identity of this rank
     * @param host the address that Spark uses on this host
     * @param gpus numbers of the GPUs that Spark assigned to this rank; empty if Spark assigns none
     * @throws InterruptedException if Spark ends the task
     */
    void run(MemberId self, String host, List<String> gpus) throws InterruptedException;
}
