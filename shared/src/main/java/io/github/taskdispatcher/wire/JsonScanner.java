package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Moves over a JSON text, token by token, and checks it (RFC 8259). Nothing is built of what it passes, so it costs the time
 * that it takes to look at each byte, whatever stands there. The caller has checked that the text is UTF-8.
 *
 * <p>The methods begin at the first byte of what they are named after, and end behind its last. Not for several threads.
 */
final class JsonScanner {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x80 * ONES;

    private final byte[] source;
    private final JsonNames names;
    private int at;

    /** The open objects and arrays; below, a bit for each, the innermost lowest: whether it is an object. */
    private int depth;

    private long objects;

    private int nameFrom;
    private int nameTo;
    private boolean nameHasEscapes;
    private boolean hasEscapes;

    JsonScanner(byte[] source) {
        this.source = source;
        names = new JsonNames(source);
    }

    /** The index of the next byte. */
    int at() {
        return at;
    }

    /** The first byte behind white space, which is not passed; -1 at the end of the text. */
    int next() {
        while (at < source.length) {
            byte b = source[at];
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return b & 0xff;
            }
            at++;
        }
        return -1;
    }

    /** Whether the string passed last has escapes. */
    boolean hasEscapes() {
        return hasEscapes;
    }

    // ---- objects and arrays -------------------------------------------------------------------------------------

    /**
     * Enters an object.
     *
     * @return whether it has a member: then the next byte is the first of its value
     */
    boolean enterObject() throws MalformedJsonException {
        enter(1);
        names.open();
        at++;
        if (next() == '}') {
            leave();
            return false;
        }
        name();
        return true;
    }

    /**
     * Enters an array.
     *
     * @return whether it has an item: then the next byte is the first of it
     */
    boolean enterArray() throws MalformedJsonException {
        enter(0);
        at++;
        if (next() == ']') {
            leave();
            return false;
        }
        return true;
    }

    /**
     * Goes on behind a member's value or an item.
     *
     * @return whether there is one more: then the next byte is the first of the value or item; else the object or array is
     *     left
     */
    boolean more() throws MalformedJsonException {
        boolean inObject = (objects & 1) == 1;
        int next = next();
        if (next == ',') {
            at++;
            next();
            if (inObject) {
                name();
            }
            return true;
        }
        if (next != (inObject ? '}' : ']')) {
            throw malformed();
        }
        leave();
        return false;
    }

    private void enter(int object) throws MalformedJsonException {
        if (depth == JsonMembers.MAX_DEPTH) {
            throw tooLong();
        }
        depth++;
        objects = objects << 1 | object;
    }

    private void leave() {
        at++;
        if ((objects & 1) == 1) {
            names.close();
        }
        depth--;
        objects >>>= 1;
    }

    private void name() throws MalformedJsonException {
        nameFrom = at + 1;
        string();
        nameTo = at - 1;
        nameHasEscapes = hasEscapes;
        if (nameTo - nameFrom > JsonMembers.MAX_NAME_LENGTH && nameText().length() > JsonMembers.MAX_NAME_LENGTH) {
            throw tooLong();
        }
        if (!(hasEscapes ? names.add(unescapedName()) : names.add(nameFrom, nameTo))) {
            throw new MalformedJsonException("not valid JSON (an object names a member twice)");
        }
        if (next() != ':') {
            throw malformed();
        }
        at++;
        next();
    }

    /** In UTF-8, which cannot say half a surrogate pair: then two names could not be told apart. */
    private byte[] unescapedName() throws MalformedJsonException {
        String name = nameText();
        for (int i = 0; i < name.length(); i++) {
            int point = name.codePointAt(i);
            if (point > 0xffff) {
                i++;
            } else if (Character.isSurrogate((char) point)) {
                throw malformed();
            }
        }
        return name.getBytes(UTF_8);
    }

    /** The name passed last. */
    String nameText() {
        return text(nameFrom, nameTo, nameHasEscapes);
    }

    /** Passes one value of any kind. */
    void value() throws MalformedJsonException {
        int outer = depth;
        do {
            boolean entered =
                    switch (at < source.length ? source[at] : 0) {
                        case '{' -> enterObject();
                        case '[' -> enterArray();
                        default -> {
                            scalar();
                            yield false;
                        }
                    };
            while (!entered && depth > outer) {
                entered = more();
            }
        } while (depth > outer);
    }

    // ---- scalars ------------------------------------------------------------------------------------------------

    /** Passes a string, a number or a literal. */
    void scalar() throws MalformedJsonException {
        switch (at < source.length ? source[at] : 0) {
            case '"' -> string();
            case 't' -> literal("true");
            case 'f' -> literal("false");
            case 'n' -> literal("null");
            default -> number();
        }
    }

    private void literal(String word) throws MalformedJsonException {
        if (source.length - at < word.length()) {
            throw malformed();
        }
        for (int i = 0; i < word.length(); i++) {
            if (source[at + i] != word.charAt(i)) {
                throw malformed();
            }
        }
        at += word.length();
    }

    private void number() throws MalformedJsonException {
        if (at < source.length && source[at] == '-') {
            at++;
        }
        int count = 1;
        if (at < source.length && source[at] == '0') {
            at++;
        } else {
            count = digits();
        }
        if (at < source.length && source[at] == '.') {
            at++;
            count += digits();
        }
        if (at < source.length && (source[at] | 0x20) == 'e') {
            at++;
            if (at < source.length && (source[at] == '+' || source[at] == '-')) {
                at++;
            }
            count += digits();
        }
        if (count > JsonMembers.MAX_DIGITS) {
            throw tooLong();
        }
    }

    private int digits() throws MalformedJsonException {
        int from = at;
        while (at < source.length && source[at] >= '0' && source[at] <= '9') {
            at++;
        }
        if (at == from) {
            throw malformed();
        }
        return at - from;
    }

    private void string() throws MalformedJsonException {
        if (at >= source.length || source[at] != '"') {
            throw malformed();
        }
        at++;
        hasEscapes = false;
        while (true) {
            toSpecial();
            if (at >= source.length || source[at] >= 0 && source[at] < ' ') {
                throw malformed();
            }
            if (source[at] == '"') {
                at++;
                return;
            }
            hasEscapes = true;
            escape();
        }
    }

    /** To the next quotation mark, backslash or control character, or to the end of the text. Eight bytes at a time. */
    private void toSpecial() {
        while (at + 8 <= source.length) {
            long word = (long) LONGS.get(source, at);
            long quotes = word ^ '"' * ONES;
            long escapes = word ^ '\\' * ONES;
            // The lowest high bit that is set in one of these is that of the first such byte: RFC 8259, 7.
            long special =
                    ((quotes - ONES & ~quotes) | (escapes - ONES & ~escapes) | (word - ' ' * ONES & ~word)) & HIGH_BITS;
            if (special != 0) {
                at += Long.numberOfTrailingZeros(special) >>> 3;
                return;
            }
            at += 8;
        }
        while (at < source.length && source[at] != '"' && source[at] != '\\' && (source[at] < 0 || source[at] >= ' ')) {
            at++;
        }
    }

    private void escape() throws MalformedJsonException {
        switch (at + 1 < source.length ? source[at + 1] : 0) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> at += 2;
            case 'u' -> {
                if (at + 6 > source.length) {
                    throw malformed();
                }
                for (int i = at + 2; i < at + 6; i++) {
                    if (Character.digit((char) source[i], 16) < 0) {
                        throw malformed();
                    }
                }
                at += 6;
            }
            default -> throw malformed();
        }
    }

    // ---- text ---------------------------------------------------------------------------------------------------

    /** What the inside of a string says that has been passed. */
    String text(int from, int to, boolean escaped) {
        if (!escaped) {
            return new String(source, from, to - from, UTF_8);
        }
        StringBuilder text = new StringBuilder(to - from);
        int i = from;
        while (i < to) {
            int run = i;
            while (i < to && source[i] != '\\') {
                i++;
            }
            if (i > run) {
                text.append(new String(source, run, i - run, UTF_8));
            }
            if (i < to) {
                text.append(unescaped(i));
                i += source[i + 1] == 'u' ? 6 : 2;
            }
        }
        return text.toString();
    }

    private char unescaped(int escape) {
        byte kind = source[escape + 1];
        return switch (kind) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int unit = 0;
                for (int i = escape + 2; i < escape + 6; i++) {
                    unit = unit << 4 | Character.digit((char) source[i], 16);
                }
                yield (char) unit;
            }
            default -> (char) kind;
        };
    }

    // ---- errors -------------------------------------------------------------------------------------------------

    static MalformedJsonException malformed() {
        return new MalformedJsonException("not valid JSON");
    }

    private static MalformedJsonException tooLong() {
        return new MalformedJsonException("too deeply nested, or a number or name in it is too long");
    }
}
