package org.minigpt4j.prepare.list;

import static org.apache.spark.sql.types.DataTypes.StringType;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

import java.util.List;

/** A list of pairs that was recognised and can be read, in parallel and never as a whole. */
public interface PairList {

    /**
     * What {@link #read} gives; all but the url may be null. A row that could not be read has
     * nothing but a {@code fault}: the file, the byte in it, and what is wrong there. Where a
     * picture has several captions they are in {@code captions}, and {@code caption} is null.
     */
    StructType ROW =
            new StructType()
                    .add("url", StringType)
                    .add("caption", StringType)
                    .add("place", StringType)
                    .add("extra", StringType)
                    .add("fault", StringType)
                    .add("captions", DataTypes.createArrayType(StringType));

    /** How many times its length a packed file is thought to hold. */
    int PACKED = 10;

    /** A pair's row. */
    static Row row(String url, String caption, String place, String extra) {
        return RowFactory.create(url, caption, place, extra, null, null);
    }

    /** The row of a picture on the web with several captions. */
    static Row row(String url, List<String> captions, String extra) {
        return RowFactory.create(url, null, null, extra, null, captions.toArray(String[]::new));
    }

    /** The row of a pair that could not be read. */
    static Row broken(String fault) {
        return RowFactory.create(null, null, null, null, fault, null);
    }

    /** What it was recognised as: layout, files, columns; one line for a person. */
    String description();

    /** What else the user should know about it, in sentences. */
    default List<String> notices() {
        return List.of();
    }

    /** The files, so that a list can be known again. */
    List<ListFile> files();

    /** Its rows by {@link #ROW}; {@code extra} is a JSON object of the other columns. */
    JavaRDD<Row> rows(JavaSparkContext context);

    /** The same for queries. */
    default Dataset<Row> read(SparkSession spark) {
        return spark.createDataFrame(
                rows(JavaSparkContext.fromSparkContext(spark.sparkContext())), ROW);
    }

    /** About how many bytes are read; packed files hold more than they are long. */
    default long bytes() {
        return files().stream()
                .mapToLong(file -> file.length() * (file.isPacked() ? PACKED : 1))
                .sum();
    }
}
