package org.minigpt4j.cli.screen;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;

import java.io.Console;

/**
 * The terminal that standard output goes to. Asks the system itself: libraries for terminals take
 * over Ctrl-C, which must save a run.
 */
public final class Terminal {

    /** Columns where nobody says how many there are. */
    static final int USUAL_COLUMNS = 80;

    private static final int STANDARD_OUTPUT = 1;
    private static final long WINDOW_SIZE = 0x5413; // TIOCGWINSZ of Linux
    private static final int BYTES = 8; // four shorts: rows, columns, and pixels twice
    private static final int COLUMNS = 2;

    private Terminal() {}

    /** Whether a person looks on: both standard input and output are a terminal. */
    @SuppressWarnings("SystemConsoleNull") // newer JDKs are asked on
    public static boolean isThere() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try { // from JDK 22 on there is a console without a terminal too
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    /** How many columns it has now. */
    static int columns() {
        try (var size = new Memory(BYTES)) {
            size.clear();
            Function ioctl = NativeLibrary.getInstance("c").getFunction("ioctl");
            Object[] arguments = {STANDARD_OUTPUT, new NativeLong(WINDOW_SIZE), size};
            boolean told = ioctl.invokeInt(arguments) == 0;
            int columns = Short.toUnsignedInt(size.getShort(COLUMNS));
            return told && columns > 0 ? columns : USUAL_COLUMNS;
        } catch (LinkageError e) {
            return USUAL_COLUMNS; // JNA finds no place for its library, or no such function
        }
    }
}
