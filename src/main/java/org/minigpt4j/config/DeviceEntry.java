package org.minigpt4j.config;

import org.minigpt4j.config.bind.WrittenAs;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One entry of {@code run.devices}. */
@WrittenAs(value = "auto, numbers of GPUs or cpu x N", reader = DeviceEntry.Words.class)
public sealed interface DeviceEntry {

    /** The devices that {@code run.device} finds. */
    record Auto() implements DeviceEntry {
        @Override
        public String toString() {
            return "auto";
        }
    }

    /** A number of replicas on the CPU. */
    record Cpu(int replicas) implements DeviceEntry {
        @Override
        public String toString() {
            return "cpu x " + replicas;
        }
    }

    /** One replica on the GPU with this number. */
    record Gpu(int index) implements DeviceEntry {
        @Override
        public String toString() {
            return "" + index;
        }
    }

    /** Parses an integer or text of a file; empty if it is not a device entry. */
    static Optional<DeviceEntry> parse(Object value) {
        String text = String.valueOf(value);
        Matcher cpu = Words.CPU.matcher(text);
        if (text.equals("auto")) {
            return Optional.of(new Auto());
        }
        if (cpu.matches()) {
            String count = cpu.group(1);
            return Optional.of(new Cpu(count == null ? 1 : Integer.parseInt(count)));
        }
        return Words.GPU.matcher(text).matches()
                ? Optional.of(new Gpu(Integer.parseInt(text)))
                : Optional.empty();
    }

    /** Reads device entries from a file. */
    final class Words implements WrittenAs.Reader {
        private static final Pattern CPU = Pattern.compile("cpu(?: ?x ?([1-9]\\d{0,2}))?");
        private static final Pattern GPU = Pattern.compile("\\d{1,3}");

        /** Creates a reader. */
        public Words() {}

        @Override
        public Optional<DeviceEntry> read(Object plain) {
            return parse(plain);
        }
    }
}
