package org.minigpt4j.track.store;

import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/** The tables of the model registry: registered models, their versions, and the versions' tags. */
final class SqliteModels {

    private final SqliteFile file;

    SqliteModels(SqliteFile file) {
        this.file = file;
    }

    /** The version of a model that a run registered; empty if there is none. */
    Optional<String> version(String model, String runId) throws SQLException {
        return file
                .texts(
                        "SELECT version FROM model_versions WHERE name = ? AND run_id = ?",
                        model,
                        runId)
                .stream()
                .findFirst();
    }

    /** Creates the next version of a model, and the model if it is missing. */
    String register(String model, String runId, String source, Map<String, String> tags)
            throws SQLException {
        long now = System.currentTimeMillis();
        file.update(
                "INSERT INTO registered_models (name, creation_time, description) SELECT ?, ?, ''"
                        + " WHERE NOT EXISTS (SELECT 1 FROM registered_models WHERE name = ?)",
                model,
                now,
                model);
        file.update(
                "UPDATE registered_models SET last_updated_time = ? WHERE name = ?", now, model);
        String version =
                file.texts(
                                "SELECT coalesce(max(version), 0) + 1 FROM model_versions WHERE"
                                        + " name = ?",
                                model)
                        .get(0);
        file.update(
                "INSERT INTO model_versions (name, version, creation_time, last_updated_time,"
                        + " description, user_id, current_stage, source, run_id, status, run_link,"
                        + " storage_location) VALUES (?, ?, ?, ?, '', '', 'None', ?, ?, 'READY', '',"
                        + " ?)",
                model,
                Long.parseLong(version),
                now,
                now,
                source,
                runId,
                source);
        for (var tag : tags.entrySet()) {
            file.update(
                    "INSERT INTO model_version_tags (\"key\", value, name, version) VALUES (?, ?,"
                            + " ?, ?)",
                    tag.getKey(),
                    tag.getValue(),
                    model,
                    Long.parseLong(version));
        }
        return version;
    }
}
