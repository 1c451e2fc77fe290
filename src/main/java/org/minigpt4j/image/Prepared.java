package org.minigpt4j.image;

/** What became of downloaded bytes. */
public sealed interface Prepared permits Prepared.Picture, Prepared.Rejected {

    /**
     * A picture for a shard.
     *
     * @param jpeg the file
     * @param width and {@code height} of it, in pixels
     * @param originalWidth and {@code originalHeight} as downloaded
     * @param exif the EXIF data as a JSON object of strings; {@code {}} without any, or unasked
     * @param sha256 of the downloaded bytes
     * @param perceptualHash alike (few bits differ) for pictures that look alike
     */
    record Picture(
            byte[] jpeg,
            int width,
            int height,
            int originalWidth,
            int originalHeight,
            String exif,
            String sha256,
            long perceptualHash)
            implements Prepared {}

    /**
     * No picture, or not one that is wanted.
     *
     * @param status img2dataset's: {@code failed_to_resize}
     * @param reason the same words for the same cause, to be counted
     */
    record Rejected(String status, String reason) implements Prepared {}
}
