package org.minigpt4j.config;

/** The layout of a list of pictures and captions ({@code sources.NAME.format}). */
public enum ListFormat {
    /** Detected from the file's name and its first bytes. */
    AUTO,
    /** A JSON array of objects, like BLIP's lists, or one object per line. */
    JSON,
    /** One JSON object with two parallel arrays, like SBU's list. */
    SBU,
    /** Parquet, like LAION's lists. */
    PARQUET,
    /** Tab-separated values without quotes, with or without a header (CC3M, CC12M). */
    TSV,
    /** Comma-separated values, quoted where needed. */
    CSV,
    /** A folder of pictures, each with its caption in a text or JSON file of the same name. */
    IMAGES,
    /** WebDataset tars. */
    TARS
}
