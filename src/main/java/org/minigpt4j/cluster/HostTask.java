package org.minigpt4j.cluster;

import org.minigpt4j.cluster.protocol.MemberId;

import java.io.Serializable;
import java.util.List;

/** What a cluster runs once on each host. */
public interface HostTask extends Serializable {

    /**
     * Does its work until the driver ends the run.
     *
     * @param self which rank this is
     * @param host the address that Spark uses here
     * @param gpus numbers of the GPUs that Spark gave this rank; empty if it gives out none
     * @throws InterruptedException if Spark ends the task
     */
    void run(MemberId self, String host, List<String> gpus) throws InterruptedException;
}
