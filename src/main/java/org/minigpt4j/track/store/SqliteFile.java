package org.minigpt4j.track.store;

import org.minigpt4j.io.PrivateFiles;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;
import org.sqlite.SQLiteOpenMode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A store's SQLite file: its tables, one connection, transactions and statements. Several processes
 * may write to it: the file is in WAL mode, and a transaction waits for others up to the deadline.
 * Each commit is forced to disk, so a process killed at any moment leaves a valid file.
 */
final class SqliteFile implements AutoCloseable {

    private final Path path;
    private final Connection connection;

    private SqliteFile(Path path, Connection connection) {
        this.path = path;
        this.connection = connection;
    }

    /** Work to do in one transaction. */
    interface Work<T> {
        T run() throws SQLException, RefusedException;
    }

    /** Reads a value from the current row of a result. */
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /**
     * Opens a file and creates it with its tables if it does not exist.
     *
     * @param deadline how long a transaction waits for other writers
     * @throws UnavailableException if the file is not a store that this program can write
     */
    static SqliteFile open(Path path, Duration deadline) throws UnavailableException {
        Path absolute = path.toAbsolutePath().normalize();
        try {
            Files.createDirectories(absolute.getParent());
            PrivateFiles.touch(absolute);
        } catch (IOException e) {
            throw new UnavailableException(absolute + ": " + e.getMessage(), e);
        }
        SQLiteConfig config = config(deadline);
        config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.enforceForeignKeys(true);
        return open(absolute, config, SqliteSchema::make);
    }

    /**
     * Opens an existing file for reading; it cannot be changed.
     *
     * @throws UnavailableException if the file is not a store
     */
    static SqliteFile read(Path path, Duration deadline) throws UnavailableException {
        SQLiteConfig config = config(deadline);
        // Not SQLite's read-only mode, which would leave log files next to the store.
        config.resetOpenMode(SQLiteOpenMode.CREATE);
        return open(
                path.toAbsolutePath().normalize(),
                config,
                connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("PRAGMA query_only = ON");
                        SqliteSchema.check(statement);
                    }
                });
    }

    private static SQLiteConfig config(Duration deadline) {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout((int) deadline.toMillis());
        return config;
    }

    /** The first action on a new connection. */
    private interface First {
        void with(Connection connection) throws SQLException;
    }

    private static SqliteFile open(Path path, SQLiteConfig config, First first)
            throws UnavailableException {
        try {
            Connection connection = config.createConnection("jdbc:sqlite:" + path);
            try {
                first.with(connection);
                return new SqliteFile(path, connection);
            } catch (SQLException | RuntimeException e) {
                connection.close();
                throw e;
            }
        } catch (SQLException e) {
            throw new UnavailableException(path + " " + e.getMessage(), e);
        }
    }

    Path path() {
        return path;
    }

    /** Does {@code work} in one transaction: completely or not at all. */
    <T> T transact(Work<T> work) throws UnavailableException, RefusedException {
        try {
            connection.setAutoCommit(false);
            try {
                T result = work.run();
                connection.commit();
                return result;
            } catch (SQLException | RefusedException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        } catch (SQLiteException e) {
            if (e.getResultCode() == SQLiteErrorCode.SQLITE_CONSTRAINT_FOREIGNKEY) {
                throw new RefusedException(path + " has no such run: " + e.getMessage());
            }
            throw new UnavailableException(path + ": " + e.getMessage(), e);
        } catch (SQLException e) {
            throw new UnavailableException(path + ": " + e.getMessage(), e);
        }
    }

    PreparedStatement prepare(String sql) throws SQLException {
        return connection.prepareStatement(sql);
    }

    int update(String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = bind(sql, values)) {
            return statement.executeUpdate();
        }
    }

    /** The rows of a query's result. */
    <T> List<T> rows(Row<T> made, String sql, Object... values) throws SQLException {
        List<T> rows = new ArrayList<>();
        try (PreparedStatement select = bind(sql, values);
                ResultSet row = select.executeQuery()) {
            while (row.next()) {
                rows.add(made.read(row));
            }
        }
        return rows;
    }

    /** The first column of a query's result. */
    List<String> texts(String sql, Object... values) throws SQLException {
        return rows(row -> row.getString(1), sql, values);
    }

    private PreparedStatement bind(String sql, Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
        return statement;
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException unimportant) {
            return; // every transaction was committed or rolled back
        }
    }
}
