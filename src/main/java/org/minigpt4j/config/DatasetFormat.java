package org.minigpt4j.config;

/** How a data set is laid out in its storage ({@code datasets.NAME.format}). */
public enum DatasetFormat {
    /** WebDataset tar shards as img2dataset writes them: {@code KEY.jpg}, {@code KEY.json}. */
    WEBDATASET,
    /** A folder with {@code filter_cap.json} and {@code image/ID.jpg}. */
    CC_SBU_ALIGN,
    /** A file of COCO's caption annotations; the pictures lie beside its folder. */
    COCO_CAPTIONS,
    /** A folder of folders of pictures, each with its caption in a file beside it. */
    IMAGE_FOLDER
}
