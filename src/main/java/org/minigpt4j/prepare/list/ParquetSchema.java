package org.minigpt4j.prepare.list;

import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.execution.datasources.parquet.ParquetToSparkSchemaConverter;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.minigpt4j.io.RemoteFiles;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;

/**
 * The columns of a parquet file, as its footer has them. Each is asked for by itself: Spark refuses
 * a whole file for one column of a type that it does not know.
 *
 * @param readable those that Spark can read, and as what
 * @param unreadable the other columns and their types
 */
record ParquetSchema(StructType readable, Map<String, String> unreadable) {

    static ParquetSchema of(ListFile file, RemoteFiles files) throws IOException {
        ParquetReadOptions columnsOnly =
                ParquetReadOptions.builder(new PlainParquetConfiguration())
                        .withMetadataFilter(ParquetMetadataConverter.SKIP_ROW_GROUPS)
                        .build();
        MessageType schema;
        try (ParquetFileReader reader =
                ParquetFileReader.open(new Input(file, files), columnsOnly)) {
            schema = reader.getFooter().getFileMetaData().getSchema();
        }
        ParquetToSparkSchemaConverter converter = new ParquetToSparkSchemaConverter(new SQLConf());
        StructType readable = new StructType();
        Map<String, String> unreadable = new TreeMap<>();
        for (Type column : schema.getFields()) {
            try {
                MessageType alone = new MessageType(schema.getName(), column);
                for (StructField field : converter.convert(alone).fields()) {
                    readable = readable.add(field);
                }
            } catch (Exception e) {
                // Spark's AnalysisException is checked, which the method does not declare.
                unreadable.put(column.getName(), type(column));
            }
        }
        return new ParquetSchema(readable, unreadable);
    }

    private static String type(Type column) {
        String annotation = String.valueOf(column.getLogicalTypeAnnotation());
        return column.isPrimitive()
                ? column.asPrimitiveType().getPrimitiveTypeName() + " " + annotation
                : annotation;
    }

    /** A file as parquet reads it: a new stream where it jumps to. */
    private record Input(ListFile file, RemoteFiles files) implements InputFile {

        @Override
        public long getLength() {
            return file.length();
        }

        @Override
        public SeekableInputStream newStream() throws IOException {
            Jumping in = new Jumping(files.read(file.address()));
            return new DelegatingSeekableInputStream(in) {

                private long at;

                @Override
                public long getPos() {
                    return at + in.read;
                }

                @Override
                public void seek(long position) throws IOException {
                    in.jump(files.readFrom(file.address(), position));
                    at = position;
                }
            };
        }
    }

    private static final class Jumping extends FilterInputStream {

        private long read;

        Jumping(InputStream in) {
            super(in);
        }

        void jump(InputStream to) throws IOException {
            in.close();
            in = to;
            read = 0;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            read += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int count = super.read(bytes, from, length);
            read += Math.max(0, count);
            return count;
        }
    }
}
