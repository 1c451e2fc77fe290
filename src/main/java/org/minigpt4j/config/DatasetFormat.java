package org.minigpt4j.config;

/** The layout of a data set in its storage ({@code datasets.NAME.format}). */
public enum DatasetFormat {
    /** WebDataset tar shards as img2dataset writes them: {@code KEY.jpg}, {@code KEY.json}. */
    WEBDATASET,
    /** A folder with {@code filter_cap.json} and {@code image/ID.jpg}. */
    CC_SBU_ALIGN,
    /**
     * A file of COCO's caption annotations; the pictures are in a folder next to the annotations'
     * folder.
     */
    COCO_CAPTIONS,
    /** A folder of folders of pictures; each picture's caption is in a file next to it. */
    IMAGE_FOLDER
}
