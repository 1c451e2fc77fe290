package org.minigpt4j.image;

/** A rectangle of a picture, in whole pixels. */
record Box(int left, int top, int width, int height) {

    static Box whole(RgbImage image) {
        return new Box(0, 0, image.width(), image.height());
    }
}
