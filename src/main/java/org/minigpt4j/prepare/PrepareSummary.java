package org.minigpt4j.prepare;

import java.util.List;
import java.util.Map;

/** What a preparation came to, list by list. */
public record PrepareSummary(List<Part> parts) {

    /**
     * One list.
     *
     * @param name of the source
     * @param folder of its shards
     * @param shards that are finished
     * @param samples they hold
     * @param wanted of them; {@link Long#MAX_VALUE} for all
     * @param bytes of their tars
     * @param byCause pairs tried, by what became of them
     */
    public record Part(
            String name,
            String folder,
            int shards,
            long samples,
            long wanted,
            long bytes,
            Map<String, Long> byCause) {

        /** True when the list or its reserve did not give what was wanted. */
        public boolean isShort() {
            return wanted != Long.MAX_VALUE && samples < wanted;
        }
    }
}
