package org.minigpt4j.track.store;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The tables {@code metrics}, with every point, and {@code latest_metrics}, with the point of each
 * metric that MLflow shows in lists of runs. NaN is stored as the flag {@code is_nan}, and infinity
 * as the largest number, as in MLflow's own store.
 */
final class SqliteMetrics {

    private static final double MOST = Double.MAX_VALUE;
    private static final String COLUMNS = "\"key\", value, timestamp, step, is_nan";

    private final SqliteFile file;

    SqliteMetrics(SqliteFile file) {
        this.file = file;
    }

    /** Adds points, skipping those that already exist. */
    void insert(String runId, List<Point> points) throws SQLException {
        try (PreparedStatement insert =
                file.prepare(
                        "INSERT OR IGNORE INTO metrics (\"key\", value, timestamp, run_uuid, step,"
                                + " is_nan) VALUES (?, ?, ?, ?, ?, ?)")) {
            insertAll(insert, runId, points);
        }
        try (PreparedStatement insert =
                file.prepare(
                        "INSERT INTO latest_metrics (\"key\", value, timestamp, run_uuid, step,"
                                + " is_nan) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (\"key\","
                                + " run_uuid) DO UPDATE SET value = excluded.value, timestamp ="
                                + " excluded.timestamp, step = excluded.step, is_nan ="
                                + " excluded.is_nan WHERE (excluded.step, excluded.timestamp,"
                                + " excluded.value) > (latest_metrics.step,"
                                + " latest_metrics.timestamp, latest_metrics.value)")) {
            insertAll(insert, runId, lastOfEach(points));
        }
    }

    /**
     * For each metric, the only point that may become its latest one. The metrics stay in the order
     * of {@code points}, because MLflow's UI shows them in the order of the rows.
     */
    private static List<Point> lastOfEach(List<Point> points) {
        Map<String, Point> last = new LinkedHashMap<>();
        points.forEach(point -> last.merge(point.key(), point, SqliteMetrics::later));
        return List.copyOf(last.values());
    }

    /** The later of two points, compared by step, time and stored value as in MLflow's store. */
    private static Point later(Point a, Point b) {
        int order = Long.compare(a.step(), b.step());
        order = order == 0 ? Long.compare(a.timestamp(), b.timestamp()) : order;
        order = order == 0 ? Double.compare(stored(a.value()), stored(b.value())) : order;
        return order < 0 ? b : a;
    }

    private static void insertAll(PreparedStatement insert, String runId, List<Point> points)
            throws SQLException {
        for (Point point : points) {
            insert.setString(1, point.key());
            insert.setDouble(2, stored(point.value()));
            insert.setLong(3, point.timestamp());
            insert.setString(4, runId);
            insert.setLong(5, point.step());
            insert.setBoolean(6, Double.isNaN(point.value()));
            insert.addBatch();
        }
        insert.executeBatch();
    }

    private static double stored(double value) {
        return Double.isNaN(value) ? 0 : Math.max(-MOST, Math.min(MOST, value));
    }

    Map<String, Point> latest(String runId) throws SQLException {
        Map<String, Point> latest = new LinkedHashMap<>();
        file.rows(
                        SqliteMetrics::point,
                        "SELECT "
                                + COLUMNS
                                + " FROM latest_metrics WHERE run_uuid = ?"
                                + " ORDER BY \"key\"",
                        runId)
                .forEach(point -> latest.put(point.key(), point));
        return latest;
    }

    List<Point> history(String runId, String key) throws SQLException {
        return file.rows(
                SqliteMetrics::point,
                "SELECT "
                        + COLUMNS
                        + " FROM metrics WHERE run_uuid = ? AND \"key\" = ?"
                        + " ORDER BY step, timestamp",
                runId,
                key);
    }

    private static Point point(ResultSet row) throws SQLException {
        double value = row.getBoolean(5) ? Double.NaN : row.getDouble(2);
        return new Point(row.getString(1), value, row.getLong(3), row.getLong(4));
    }
}
