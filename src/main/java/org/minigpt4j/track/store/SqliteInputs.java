package org.minigpt4j.track.store;

import java.sql.SQLException;
import java.util.List;
import java.util.UUID;

/** The tables of data sets and of the runs that read them. */
final class SqliteInputs {

    private final SqliteFile file;

    SqliteInputs(SqliteFile file) {
        this.file = file;
    }

    /** Adds data sets to those of a run; adding one again has no effect. */
    void add(String runId, List<RunInput> inputs) throws SQLException, RefusedException {
        for (RunInput input : inputs) {
            String dataset = dataset(runId, input);
            String id = id();
            int added =
                    file.update(
                            "INSERT OR IGNORE INTO inputs (input_uuid, source_type, source_id,"
                                    + " destination_type, destination_id) VALUES (?, 'DATASET', ?,"
                                    + " 'RUN', ?)",
                            id,
                            dataset,
                            runId);
            if (added > 0) {
                file.update(
                        "INSERT INTO input_tags (input_uuid, name, value) VALUES (?, ?, ?)",
                        id,
                        RunInput.CONTEXT_TAG,
                        input.context());
            }
        }
    }

    /**
     * The identifier of a data set in the run's experiment; creates the data set if it is missing.
     */
    private String dataset(String runId, RunInput input) throws SQLException, RefusedException {
        file.update(
                "INSERT OR IGNORE INTO datasets (dataset_uuid, experiment_id, name, digest,"
                        + " dataset_source_type, dataset_source, dataset_schema) SELECT ?,"
                        + " experiment_id, ?, ?, ?, ?, ? FROM runs WHERE run_uuid = ?",
                id(),
                input.name(),
                input.digest(),
                input.sourceType(),
                input.source(),
                input.schema(),
                runId);
        return file
                .texts(
                        "SELECT d.dataset_uuid FROM datasets d JOIN runs r ON r.experiment_id ="
                                + " d.experiment_id WHERE r.run_uuid = ? AND d.name = ? AND"
                                + " d.digest = ?",
                        runId,
                        input.name(),
                        input.digest())
                .stream()
                .findFirst()
                .orElseThrow(() -> new RefusedException("there is no run " + runId));
    }

    private static String id() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    /** The data sets of a run, sorted by name. */
    List<RunInput> of(String runId) throws SQLException {
        return file.rows(
                row ->
                        new RunInput(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getString(5),
                                row.getString(6)),
                "SELECT d.name, d.digest, d.dataset_source_type, d.dataset_source,"
                        + " coalesce(d.dataset_schema, ''), coalesce(t.value, '') FROM inputs i"
                        + " JOIN datasets d ON d.dataset_uuid = i.source_id LEFT JOIN input_tags t"
                        + " ON t.input_uuid = i.input_uuid AND t.name = ? WHERE i.source_type ="
                        + " 'DATASET' AND i.destination_type = 'RUN' AND i.destination_id = ?"
                        + " ORDER BY d.name, d.digest",
                RunInput.CONTEXT_TAG,
                runId);
    }
}
