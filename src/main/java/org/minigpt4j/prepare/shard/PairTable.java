package org.minigpt4j.prepare.shard;

import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.ReadSupport;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Types;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The rows of a shard as the parquet file beside it; a shard's rows fit in memory. */
public final class PairTable {

    private static final MessageType SCHEMA =
            Types.buildMessage()
                    .required(BINARY)
                    .as(stringType())
                    .named("key")
                    .required(BINARY)
                    .as(stringType())
                    .named("url")
                    .required(BINARY)
                    .as(stringType())
                    .named("caption")
                    .required(BINARY)
                    .as(stringType())
                    .named("status")
                    .optional(BINARY)
                    .as(stringType())
                    .named("error_message")
                    .optional(INT32)
                    .named("width")
                    .optional(INT32)
                    .named("height")
                    .optional(INT32)
                    .named("original_width")
                    .optional(INT32)
                    .named("original_height")
                    .optional(BINARY)
                    .as(stringType())
                    .named("exif")
                    .optional(BINARY)
                    .as(stringType())
                    .named("sha256")
                    .optional(INT64)
                    .named("phash")
                    .named("pairs");

    private PairTable() {}

    public static byte[] write(List<PairRow> rows) throws IOException {
        MemoryFile file = new MemoryFile();
        try (ParquetWriter<Group> writer =
                ExampleParquetWriter.builder(file)
                        .withConf(new PlainParquetConfiguration())
                        .withType(SCHEMA)
                        .withCompressionCodec(CompressionCodecName.SNAPPY)
                        .build()) {
            for (PairRow row : rows) {
                writer.write(group(row));
            }
        }
        return file.bytes();
    }

    public static List<PairRow> read(byte[] bytes) throws IOException {
        List<PairRow> rows = new ArrayList<>();
        try (ParquetReader<Group> reader = new Reader(new MemoryFile(bytes)).build()) {
            for (Group group = reader.read(); group != null; group = reader.read()) {
                rows.add(row(group));
            }
        }
        return rows;
    }

    private static final class Reader extends ParquetReader.Builder<Group> {

        Reader(InputFile file) {
            super(file, new PlainParquetConfiguration());
        }

        @Override
        protected ReadSupport<Group> getReadSupport() {
            return new GroupReadSupport();
        }
    }

    private static Group group(PairRow row) {
        SimpleGroup group = new SimpleGroup(SCHEMA);
        group.add("key", row.key());
        group.add("url", row.url());
        group.add("caption", row.caption());
        group.add("status", row.status().word());
        add(group, "error_message", row.error());
        add(group, "width", row.width());
        add(group, "height", row.height());
        add(group, "original_width", row.originalWidth());
        add(group, "original_height", row.originalHeight());
        add(group, "exif", row.exif());
        add(group, "sha256", row.sha256());
        if (row.perceptualHash() != null) {
            group.add("phash", row.perceptualHash());
        }
        return group;
    }

    private static void add(Group group, String column, String value) {
        if (value != null) {
            group.add(column, value);
        }
    }

    private static void add(Group group, String column, Integer value) {
        if (value != null) {
            group.add(column, value);
        }
    }

    private static PairRow row(Group group) {
        return new PairRow(
                group.getString("key", 0),
                group.getString("url", 0),
                group.getString("caption", 0),
                PairRow.Status.of(group.getString("status", 0)),
                text(group, "error_message"),
                number(group, "width"),
                number(group, "height"),
                number(group, "original_width"),
                number(group, "original_height"),
                text(group, "exif"),
                text(group, "sha256"),
                group.getFieldRepetitionCount("phash") == 0 ? null : group.getLong("phash", 0));
    }

    private static String text(Group group, String column) {
        return group.getFieldRepetitionCount(column) == 0 ? null : group.getString(column, 0);
    }

    private static Integer number(Group group, String column) {
        return group.getFieldRepetitionCount(column) == 0 ? null : group.getInteger(column, 0);
    }
}
