package org.minigpt4j.track;

import org.minigpt4j.config.TrackingEnvironment;

import java.time.Duration;

/**
 * Where and how a tracker records.
 *
 * @param uri {@code http(s)://...} or {@code sqlite:///FILE}
 * @param experiment name of the experiment
 * @param runName for people
 * @param timeout deadline of each request, and of the last delivery when the tracker is closed
 * @param systemInterval between two looks at the machine; zero for none
 * @param environment credentials
 */
public record TrackerSettings(
        String uri,
        String experiment,
        String runName,
        Duration timeout,
        Duration systemInterval,
        TrackingEnvironment environment) {}
