package org.minigpt4j.data.order;

/** The endless sequence of one data set's samples. */
interface DatasetOrder {

    /** The sample at {@code ordinal}. */
    PassOrder.Visit at(long ordinal);
}
