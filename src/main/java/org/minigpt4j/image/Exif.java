package org.minigpt4j.image;

import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Directory;
import com.drew.metadata.Metadata;
import com.drew.metadata.MetadataException;
import com.drew.metadata.Tag;
import com.drew.metadata.exif.ExifDirectoryBase;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import com.google.gson.JsonObject;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The EXIF data of a JPEG file. Names and values are those of metadata-extractor, in words ({@code
 * "Exif IFD0 Orientation": "Top, left side (Horizontal / normal)"}). img2dataset uses another
 * library, whose names and values are similar but not equal.
 */
record Exif(String json, int orientation) {

    private static final Exif NONE = new Exif("{}", 1);
    private static final String NAME = "Exif\0\0";
    private static final int LONGEST_VALUE = 256;

    /** Reads a file's EXIF data; returns {@code NONE} if it is missing or damaged. */
    static Exif of(byte[] jpeg) {
        return block(jpeg).map(Exif::parse).orElse(NONE);
    }

    /** The content of the APP1 segment that begins with {@code NAME}, without the name. */
    private static Optional<byte[]> block(byte[] file) {
        int at = 2;
        while (at + 4 <= file.length && (file[at] & 0xFF) == 0xFF) {
            int marker = file[at + 1] & 0xFF;
            if (marker == 0xFF) {
                at++;
                continue;
            }
            int length = (file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF;
            int end = at + 2 + length;
            if (marker == 0xDA || marker == 0xD9 || length < 2 || end > file.length) {
                break;
            }
            int start = at + 4;
            if (marker == 0xE1
                    && length > 2 + NAME.length()
                    && new String(file, start, NAME.length(), StandardCharsets.ISO_8859_1)
                            .equals(NAME)) {
                byte[] block = new byte[end - start - NAME.length()];
                System.arraycopy(file, start + NAME.length(), block, 0, block.length);
                return Optional.of(block);
            }
            at = end;
        }
        return Optional.empty();
    }

    private static Exif parse(byte[] block) {
        Metadata metadata = new Metadata();
        new ExifReader().extract(new ByteArrayReader(block), metadata);
        JsonObject json = new JsonObject();
        for (Directory directory : metadata.getDirectories()) {
            for (Tag tag : directory.getTags()) {
                String value = tag.getDescription();
                // Longer values are maker notes and thumbnails.
                if (value != null && value.length() <= LONGEST_VALUE) {
                    json.addProperty(directory.getName() + " " + tag.getTagName(), value.strip());
                }
            }
        }
        return new Exif(json.toString(), orientation(metadata));
    }

    private static int orientation(Metadata metadata) {
        ExifIFD0Directory main = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
        try {
            return main == null || !main.containsTag(ExifDirectoryBase.TAG_ORIENTATION)
                    ? 1
                    : main.getInt(ExifDirectoryBase.TAG_ORIENTATION);
        } catch (MetadataException e) {
            return 1;
        }
    }
}
