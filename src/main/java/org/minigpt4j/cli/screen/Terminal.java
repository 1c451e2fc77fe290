package org.minigpt4j.cli.screen;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;

import java.io.Console;

/**
 * The terminal that standard output writes to. It calls the operating system directly, because
 * terminal libraries take over Ctrl-C, which must save a run.
 */
public final class Terminal {

    /** Number of columns if the terminal's width is unknown. */
    static final int USUAL_COLUMNS = 80;

    private static final int STANDARD_OUTPUT = 1;
    private static final long WINDOW_SIZE = 0x5413; // TIOCGWINSZ on Linux
    private static final int BYTES = 8; // four shorts: rows, columns, and pixels twice
    private static final int COLUMNS = 2;

    private Terminal() {}

    /** Whether the program is used interactively: both standard input and output are a terminal. */
    @SuppressWarnings("SystemConsoleNull") // isTerminal is called on newer JDKs
    public static boolean isThere() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try { // since JDK 22 there may be a console without a terminal
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true;
        }
    }

    /** The current number of columns. */
    static int columns() {
        try (var size = new Memory(BYTES)) {
            size.clear();
            Function ioctl = NativeLibrary.getInstance("c").getFunction("ioctl");
            Object[] arguments = {STANDARD_OUTPUT, new NativeLong(WINDOW_SIZE), size};
            boolean told = ioctl.invokeInt(arguments) == 0;
            int columns = Short.toUnsignedInt(size.getShort(COLUMNS));
            return told && columns > 0 ? columns : USUAL_COLUMNS;
        } catch (LinkageError e) {
            return USUAL_COLUMNS; // JNA cannot unpack its library or find the function
        }
    }
}
