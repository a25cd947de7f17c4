package io.github.taskdispatcher.gateway;

import java.io.PrintStream;

/**
 * Where the log goes: a line of it stays one line, and reads as it was written. Line ends, other control characters, line
 * separators and characters that turn the direction of text are written as escapes, for names of peers may hold them.
 */
final class LogStream extends PrintStream {

    LogStream(PrintStream out) {
        super(out, true);
    }

    @Override
    public void println(String line) {
        super.println(escaped(line));
    }

    /** A stack trace comes this way, line by line. */
    @Override
    public void println(Object line) {
        super.println(escaped(String.valueOf(line)));
    }

    static String escaped(String line) {
        if (line == null || line.chars().noneMatch(LogStream::misleads)) {
            return line;
        }
        StringBuilder text = new StringBuilder(line.length() + 32);
        line.chars().forEach(c -> {
            if (misleads(c)) {
                text.append(String.format("\\u%04x", c));
            } else {
                text.append((char) c);
            }
        });
        return text.toString();
    }

    private static boolean misleads(int c) {
        if (c == '\t' || c >= ' ' && c < 0x7f) {
            return false;
        }
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
