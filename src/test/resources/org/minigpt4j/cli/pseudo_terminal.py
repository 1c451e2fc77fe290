"""Runs a command on a terminal of its own: pseudo_terminal.py COLUMNS COMMAND...

What comes on standard input is typed there; what is shown goes to standard output. The first line
is the command's process id; a last one tells if it left the terminal with other settings. Ends with the command's exit code, 128 + n after signal n.
"""
import fcntl, os, pty, select, signal, struct, sys, termios

pid, terminal = pty.fork()
if pid == 0:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background ignores it, and so would we
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
os.write(1, b"%d\n" % pid)
before = termios.tcgetattr(terminal)
typed = [0]
while True:
    ready, _, _ = select.select([terminal] + typed, [], [])
    if 0 in ready:
        keys = os.read(0, 1024)
        if keys:
            os.write(terminal, keys)
        else:
            typed = []
    if terminal in ready:
        try:
            shown = os.read(terminal, 65536)
        except OSError:  # how Linux tells that nobody is left to write
            break
        if not shown:
            break
        os.write(1, shown)
if termios.tcgetattr(terminal) != before:
    os.write(1, b"\nTHE TERMINAL WAS CHANGED\n")
_, status = os.waitpid(pid, 0)
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
