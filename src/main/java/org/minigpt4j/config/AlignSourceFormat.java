package org.minigpt4j.config;

/** How the pairs lie that a stage 2 folder is built from ({@code align.source.format}). */
public enum AlignSourceFormat {
    /** WebDataset tars, as prepare makes them for stage 1. */
    SHARDS,
    /** A folder of pictures, each with its caption beside it: {@code NAME.txt} or {@code .json}. */
    FOLDER,
    /** A CSV or TSV file with a header, naming picture files of this machine. */
    CSV
}
