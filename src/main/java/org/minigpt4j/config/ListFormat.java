package org.minigpt4j.config;

/** How a list of pictures and captions is laid out ({@code sources.NAME.format}). */
public enum ListFormat {
    /** Found out from the file's name and its first bytes. */
    AUTO,
    /** A JSON array of objects, as BLIP's lists are, or one object a line. */
    JSON,
    /** One JSON object of two parallel arrays, as SBU's list is. */
    SBU,
    /** Parquet, as LAION's lists are. */
    PARQUET,
    /** Tab-separated values without quotes, with a header or without (CC3M, CC12M). */
    TSV,
    /** Comma-separated values, quoted where needed. */
    CSV,
    /** A folder of pictures, the caption in a text or JSON file of the same name. */
    IMAGES,
    /** WebDataset tars. */
    TARS
}
