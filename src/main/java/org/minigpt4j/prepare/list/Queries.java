package org.minigpt4j.prepare.list;

import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Spark's SQL, which takes many seconds to start: do not use it if you can avoid it. */
public final class Queries {

    private Queries() {}

    /** The session of a context, made when it is first asked for. */
    public static SparkSession of(JavaSparkContext context) {
        return SparkSession.builder().config(context.getConf()).getOrCreate();
    }
}
