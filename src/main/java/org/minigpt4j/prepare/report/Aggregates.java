package org.minigpt4j.prepare.report;

import java.util.List;

/** What the rows of all shards' tables come to. */
interface Aggregates {

    /** Most hosts that are told. */
    int HOSTS = 20;

    /** Most causes that are told. */
    int CAUSES = 24;

    /** Addresses for each cause: the first and the last by the alphabet, so that none is sorted. */
    int EXAMPLES = 2;

    /** What an address may have of characters to be shown. */
    int MAX_ADDRESS = 500;

    /** What a cause or host may have of characters; a list can hold anything. */
    int MAX_NAME = 200;

    /** The host of an address, as its first group. */
    String HOST = "^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#:]*)";

    /** The rows by status, the most frequent first. */
    List<Figures.Outcome> outcomes();

    /** The most frequent causes of what is no success. */
    List<Figures.Cause> causes();

    /** The hosts with most rows. */
    List<Figures.Host> hosts();

    /** About how many hosts there are. */
    long distinctHosts();

    /** How each quantity is spread over the rows whose status is success. */
    List<Histogram> histograms();
}
