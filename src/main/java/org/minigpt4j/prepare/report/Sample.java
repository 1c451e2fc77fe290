package org.minigpt4j.prepare.report;

/**
 * A pair on the contact sheet.
 *
 * @param key its key; the tar is named by {@code shard}
 * @param shard the shard's name, such as {@code 00012}
 * @param width of the stored picture, pixels, as are the next three
 * @param jpeg a small picture, at most {@link ContactSheet#SIDE} pixels a side
 */
record Sample(
        String key,
        String shard,
        String url,
        String caption,
        int width,
        int height,
        int originalWidth,
        int originalHeight,
        byte[] jpeg) {}
