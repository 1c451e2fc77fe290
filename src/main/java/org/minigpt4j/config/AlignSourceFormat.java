package org.minigpt4j.config;

/** The layout of the pairs that a stage 2 folder is built from ({@code align.source.format}). */
public enum AlignSourceFormat {
    /** WebDataset tars, as {@code prepare} writes them for stage 1. */
    SHARDS,
    /**
     * A folder of pictures, each with its caption next to it: {@code NAME.txt} or {@code .json}.
     */
    FOLDER,
    /** A CSV or TSV file with a header that names local picture files. */
    CSV
}
