package org.minigpt4j.prepare;

import static org.apache.spark.sql.types.DataTypes.StringType;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

import java.util.List;

/** A list of pairs that was recognised and can be read, in parallel and never as a whole. */
interface PairList {

    /** What {@link #read} gives; all but the url may be null, and the url too in a broken row. */
    StructType ROW =
            new StructType()
                    .add("url", StringType)
                    .add("caption", StringType)
                    .add("place", StringType)
                    .add("extra", StringType);

    /** What it was recognised as: layout, files, columns; one line for a person. */
    String description();

    /** The files, so that a list can be known again. */
    List<ListFile> files();

    /** Its rows by {@link #ROW}; {@code extra} is a JSON object of the other columns. */
    Dataset<Row> read(SparkSession spark);
}
