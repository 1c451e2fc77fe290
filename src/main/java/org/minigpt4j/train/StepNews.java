package org.minigpt4j.train;

import org.minigpt4j.data.sample.Fault;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A rank's report about a step, and about the epoch that ended with it.
 *
 * @param step the step
 * @param epoch the epoch; empty if none ended
 */
public record StepNews(StepReport step, Optional<EpochReport> epoch) {

    /** Encodes it to bytes. */
    public byte[] encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(step.step());
            out.writeInt(step.epoch());
            out.writeDouble(step.loss());
            out.writeDouble(step.learningRate());
            out.writeDouble(step.gradientNorm());
            out.writeDouble(step.scale());
            out.writeBoolean(step.skipped());
            out.writeInt(step.work().samples());
            out.writeInt(step.work().tokens());
            out.writeInt(step.work().labels());
            out.writeDouble(step.work().flops());
            out.writeDouble(step.times().data());
            out.writeDouble(step.times().compute());
            out.writeDouble(step.times().reduce());
            out.writeDouble(step.times().update());
            out.writeLong(step.memory().hostBytes());
            out.writeLong(step.memory().deviceBytes());
            out.writeDouble(step.peakFlops());
            out.writeBoolean(epoch.isPresent());
            if (epoch.isPresent()) {
                write(out, epoch.get());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, EpochReport epoch) throws IOException {
        out.writeInt(epoch.epoch());
        out.writeInt(epoch.step());
        out.writeDouble(epoch.loss());
        out.writeDouble(epoch.learningRate());
        out.writeBoolean(epoch.heldOutLoss().isPresent());
        out.writeDouble(epoch.heldOutLoss().orElse(0));
        out.writeInt(epoch.figures().size());
        for (Map.Entry<String, Double> figure : epoch.figures().entrySet()) {
            out.writeUTF(figure.getKey());
            out.writeDouble(figure.getValue());
        }
        out.writeInt(epoch.skipped().size());
        for (Map.Entry<Fault, Long> skipped : epoch.skipped().entrySet()) {
            out.writeUTF(skipped.getKey().name());
            out.writeLong(skipped.getValue());
        }
    }

    /** Decodes the bytes of {@link #encode}. */
    public static StepNews decode(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            var step =
                    new StepReport(
                            in.readInt(),
                            in.readInt(),
                            in.readDouble(),
                            in.readDouble(),
                            in.readDouble(),
                            in.readDouble(),
                            in.readBoolean(),
                            new Workload(in.readInt(), in.readInt(), in.readInt(), in.readDouble()),
                            new StepTimes(
                                    in.readDouble(),
                                    in.readDouble(),
                                    in.readDouble(),
                                    in.readDouble()),
                            new ProcessMemory(in.readLong(), in.readLong()),
                            in.readDouble());
            return new StepNews(step, in.readBoolean() ? Optional.of(epoch(in)) : Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static EpochReport epoch(DataInputStream in) throws IOException {
        int epoch = in.readInt();
        int step = in.readInt();
        double loss = in.readDouble();
        double rate = in.readDouble();
        boolean measured = in.readBoolean();
        double heldOut = in.readDouble();
        Map<String, Double> figures = new LinkedHashMap<>();
        for (int left = in.readInt(); left > 0; left--) {
            figures.put(in.readUTF(), in.readDouble());
        }
        Map<Fault, Long> skipped = new EnumMap<>(Fault.class);
        for (int left = in.readInt(); left > 0; left--) {
            skipped.put(Fault.valueOf(in.readUTF()), in.readLong());
        }
        OptionalDouble valid = measured ? OptionalDouble.of(heldOut) : OptionalDouble.empty();
        return new EpochReport(epoch, step, loss, rate, valid, figures, skipped);
    }
}
