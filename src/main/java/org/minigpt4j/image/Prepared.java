package org.minigpt4j.image;

/** The result of preparing downloaded bytes. */
public sealed interface Prepared permits Prepared.Picture, Prepared.Rejected {

    /**
     * A picture for a shard.
     *
     * @param jpeg the encoded file
     * @param width width of the encoded picture in pixels
     * @param height height of the encoded picture in pixels
     * @param originalWidth width of the downloaded picture in pixels
     * @param originalHeight height of the downloaded picture in pixels
     * @param exif EXIF data as a JSON object of strings; {@code {}} if there is none or it was not
     *     requested
     * @param sha256 hash of the downloaded bytes
     * @param perceptualHash similar pictures have hashes that differ in few bits
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
     * The bytes are not a picture, or the settings reject it.
     *
     * @param status img2dataset's status, {@code failed_to_resize}
     * @param reason the cause; equal causes have equal texts, so that they can be counted
     */
    record Rejected(String status, String reason) implements Prepared {}
}
