package org.minigpt4j.image;

/**
 * Estimates from its markers how much work a JPEG file is. A decoder visits all blocks of a
 * component in each scan, even if the scan is only twenty bytes that mean "nothing changes". So a
 * file of 66 kB with 3,000 scans keeps it busy for minutes. libjpeg cannot be interrupted during
 * that, so such files must be refused beforehand.
 *
 * @param blocks blocks of 8 x 8 pixels visited by all scans, plus an overhead for each scan
 * @param leastBits minimum length of a complete file's scans: at least one bit for each code that a
 *     block must have
 * @param bits actual length of the scans, in bits
 */
record JpegScans(long blocks, long leastBits, long bits) {

    /**
     * Maximum number of blocks. The largest pictures accepted, with 89 million pixels, have ten
     * million blocks in the usual ten scans. At half a microsecond each, the limit is ten seconds.
     */
    static final long MOST_BLOCKS = 20_000_000;

    /** Cost of starting a scan, in blocks: its tables are built again. */
    private static final int SCAN_COSTS = 50;

    private static final int FRAME_AT = 9;

    /** Scans the whole file. */
    static JpegScans of(byte[] file) {
        return new Counter(file).count();
    }

    /** True if pixels are certainly missing, because no coding needs less than the minimum. */
    boolean lacksData() {
        return bits < leastBits;
    }

    private static final class Counter {

        private final byte[] file;
        private int at = 2;
        private int frame = -1;
        private int kind;
        private long blocks;
        private long leastBits;
        private long bits;

        Counter(byte[] file) {
            this.file = file;
        }

        JpegScans count() {
            while (at + 3 < file.length && blocks <= MOST_BLOCKS) {
                if (u8(at) != 0xFF || u8(at + 1) == 0xFF) {
                    at++;
                    continue;
                }
                int marker = u8(at + 1);
                if (marker == 0 || marker == 1 || marker >= 0xD0 && marker <= 0xD8) {
                    at += 2;
                    continue;
                } else if (marker == 0xD9) {
                    break;
                }
                int start = at + 2;
                at = start + Math.max(2, u16(start));
                if (marker >= 0xC0
                        && marker <= 0xCF
                        && marker != 0xC4
                        && marker != 0xC8
                        && marker != 0xCC) {
                    frame = start;
                    kind = marker;
                } else if (marker == 0xDA && frame >= 0) {
                    scan(start);
                }
            }
            return new JpegScans(blocks, leastBits, bits);
        }

        /** Reads a scan from its header to the next marker that is not part of the data. */
        private void scan(int start) {
            int end = at;
            while (end + 1 < file.length
                    && !(u8(end) == 0xFF
                            && u8(end + 1) != 0
                            && u8(end + 1) != 0xFF
                            && !(u8(end + 1) >= 0xD0 && u8(end + 1) <= 0xD7))) {
                end++;
            }
            end = end + 1 >= file.length ? file.length : end;
            bits += 8L * Math.max(0, end - at);
            at = end;
            int components = u8(start + 2);
            long visited = 0;
            for (int i = 0; i < components; i++) {
                visited += blocksOf(u8(start + 3 + 2 * i));
            }
            blocks += visited + SCAN_COSTS;
            leastBits += visited * leastBits(start + 3 + 2 * components);
        }

        /**
         * Minimum bits per block, given the scan's first coefficient and whether it only refines.
         */
        private int leastBits(int spectrum) {
            boolean huffman = kind < 0xC8;
            boolean progressive = kind == 0xC2 || kind == 0xC6;
            if (!huffman || kind == 0xC3 || kind == 0xC7) {
                return 0;
            }
            return progressive ? u8(spectrum) == 0 ? 1 : 0 : 2;
        }

        /** Blocks of a component, without the padding in scans of several components. */
        private long blocksOf(int component) {
            int count = u8(frame + 7);
            int across = 1;
            int down = 1;
            int own = 0x11;
            for (int i = 0; i < count; i++) {
                int sampling = u8(frame + FRAME_AT + 3 * i);
                across = Math.max(across, sampling >> 4);
                down = Math.max(down, sampling & 15);
                if (u8(frame + FRAME_AT - 1 + 3 * i) == component) {
                    own = sampling;
                }
            }
            long width = u16(frame + 5);
            long height = u16(frame + 3);
            long wide = ceil(width * Math.max(1, own >> 4), 8L * across);
            long high = ceil(height * Math.max(1, own & 15), 8L * down);
            return wide * high;
        }

        private static long ceil(long value, long by) {
            return (value + by - 1) / by;
        }

        /** Returns zero after the end; the decoder reports missing data itself. */
        private int u8(int index) {
            return index < file.length ? file[index] & 0xFF : 0;
        }

        private int u16(int index) {
            return u8(index) << 8 | u8(index + 1);
        }
    }
}
