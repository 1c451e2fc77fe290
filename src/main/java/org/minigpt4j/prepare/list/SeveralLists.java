package org.minigpt4j.prepare.list;

import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Row;

import java.util.List;
import java.util.stream.Collectors;

/** A folder whose files are of several formats, such as JSON lines beside CSV. */
record SeveralLists(List<PairList> lists) implements PairList {

    @Override
    public String description() {
        return lists.stream().map(PairList::description).collect(Collectors.joining("; "));
    }

    @Override
    public List<String> notices() {
        return lists.stream().flatMap(list -> list.notices().stream()).toList();
    }

    @Override
    public List<ListFile> files() {
        return lists.stream().flatMap(list -> list.files().stream()).toList();
    }

    @Override
    public JavaRDD<Row> rows(JavaSparkContext context) {
        return lists.stream().map(list -> list.rows(context)).reduce(JavaRDD::union).orElseThrow();
    }
}
