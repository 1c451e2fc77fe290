package org.minigpt4j.chat;

/**
 * A picture as encoded by the frozen encoders.
 *
 * @param sha256 hash of its file, which identifies it
 * @param features output of the Q-Former, float32 [queries, width], row by row
 */
public record ChatPicture(String sha256, float[] features) {

    @Override
    public boolean equals(Object other) {
        return other instanceof ChatPicture picture && picture.sha256.equals(sha256);
    }

    @Override
    public int hashCode() {
        return sha256.hashCode();
    }
}
