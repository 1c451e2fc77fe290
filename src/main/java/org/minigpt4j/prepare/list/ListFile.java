package org.minigpt4j.prepare.list;

import java.io.Serializable;
import java.util.Locale;

/** A file of a list: its URI and its bytes. */
record ListFile(String address, long length) implements Serializable {

    /** What stands after the last slash. */
    String name() {
        return address.substring(address.lastIndexOf('/') + 1);
    }

    /**
     * What stands after the last dot of the name, in small letters, how it is packed aside: {@code
     * tar} for {@code .tgz} and {@code .tar.zst} as well.
     */
    String ending() {
        String name =
                name().toLowerCase(Locale.ROOT)
                        .replaceFirst("\\.(?:tgz|tar\\.(?:gz|bz2|zst|xz|lz4))$", ".tar")
                        .replaceFirst("\\.gz$", "");
        return name.substring(name.lastIndexOf('.') + 1);
    }

    boolean isPacked() {
        return address.toLowerCase(Locale.ROOT).endsWith(".gz");
    }
}
