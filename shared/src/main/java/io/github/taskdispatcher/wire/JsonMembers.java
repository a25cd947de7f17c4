package io.github.taskdispatcher.wire;

import com.fasterxml.jackson.core.JsonToken;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;

/**
 * Walks the members of one JSON object, once, front to back; each value is either read or sliced out raw.
 *
 * <p>Strict: UTF-8 without byte order mark, no duplicate names at any depth, nothing behind the object, at most
 * {@link #MAX_DEPTH} levels, numbers of at most {@link #MAX_DIGITS} digits and names of at most {@link #MAX_NAME_LENGTH}
 * characters. Every byte is checked, the sliced values too, but nothing of those is built. The time is linear in the number
 * of bytes, whatever they are. Not for several threads.
 *
 * <pre>{@code
 * try (JsonMembers members = JsonMembers.of(bytes)) {
 *     while (members.next()) {
 *         switch (members.name()) {
 *             case "data" -> data = members.raw();
 *             default -> members.skip();
 *         }
 *     }
 * }
 * }</pre>
 */
public final class JsonMembers implements Closeable {

    /** The deepest nesting of objects and arrays, the outermost counted. */
    public static final int MAX_DEPTH = 64;

    /** The most digits of a number, those of its exponent counted. */
    public static final int MAX_DIGITS = 1_000;

    /** The longest name of a member, in characters. */
    public static final int MAX_NAME_LENGTH = 50_000;

    private final byte[] source;
    private final JsonScanner scanner;
    private boolean entered;

    /** What the member's value is; null until {@link #value} looks. */
    private JsonToken kind;

    private int start;

    /** Whether the value has been passed: at once when it is a scalar. */
    private boolean passed = true;

    private JsonMembers(byte[] source) {
        this.source = source;
        scanner = new JsonScanner(source);
    }

    /**
     * A walk over this object, standing before its first member.
     *
     * @throws MalformedJsonException when the bytes do not begin a JSON object
     */
    public static JsonMembers of(byte[] source) throws MalformedJsonException {
        if (!Utf8.isValid(source)) {
            throw MalformedJsonException.notUtf8();
        }
        if (source.length > 0 && (source[0] & 0xff) == 0xef) {
            throw new MalformedJsonException("not valid JSON (it begins with a byte order mark)");
        }
        if (source.length > 1 && (source[0] == 0 || source[1] == 0)) {
            throw new MalformedJsonException("not valid JSON in UTF-8");
        }
        JsonMembers members = new JsonMembers(source);
        int first = members.scanner.next();
        if (first == -1) {
            throw new MalformedJsonException("empty");
        }
        if (first != '{') {
            if (first != '[') {
                members.scanner.scalar();
            }
            throw new MalformedJsonException("not a JSON object");
        }
        return members;
    }

    /**
     * Goes to the next member. A value that was not taken is passed over.
     *
     * @return false behind the last one, when the bytes have been checked to their end
     * @throws MalformedJsonException also for what stands behind the object
     */
    public boolean next() throws MalformedJsonException {
        pass();
        kind = null;
        boolean more = entered ? scanner.more() : scanner.enterObject();
        entered = true;
        passed = !more;
        if (!more && scanner.next() != -1) {
            throw new MalformedJsonException("not valid JSON (something stands behind the object)");
        }
        return more;
    }

    private void pass() throws MalformedJsonException {
        if (!passed) {
            passed = true;
            scanner.value();
        }
    }

    /** The name of the member stood on. */
    public String name() {
        return scanner.nameText();
    }

    /** Looks at the value and says what it is; exactly one of {@link #raw}, {@link #text}, {@link #skip} ... follows. */
    public JsonToken value() throws MalformedJsonException {
        if (kind == null) {
            start = scanner.at();
            kind = kindAt(start);
            if (!kind.isStructStart()) {
                pass();
            }
        }
        return kind;
    }

    private JsonToken kindAt(int index) {
        return switch (index < source.length ? source[index] : 0) {
            case '{' -> JsonToken.START_OBJECT;
            case '[' -> JsonToken.START_ARRAY;
            case '"' -> JsonToken.VALUE_STRING;
            case 't' -> JsonToken.VALUE_TRUE;
            case 'f' -> JsonToken.VALUE_FALSE;
            case 'n' -> JsonToken.VALUE_NULL;
            // Whole numbers are not told from others: no caller asks.
            default -> JsonToken.VALUE_NUMBER_FLOAT;
        };
    }

    /** The value as it stands in the source. */
    public RawJson raw() throws MalformedJsonException {
        value();
        pass();
        return slice(start);
    }

    private RawJson slice(int from) {
        return new RawJson(source, from, scanner.at() - from);
    }

    /** Passes over the value, checking it. */
    public void skip() throws MalformedJsonException {
        value();
        pass();
    }

    /** The value of a string, decoded. Call it only where {@link #value} said {@code VALUE_STRING}. */
    public String text() {
        return textFrom(start);
    }

    private String textFrom(int quote) {
        return scanner.text(quote + 1, scanner.at() - 1, scanner.hasEscapes());
    }

    /** The value of a number, as a double. Call it only where {@link #value} said a number. */
    public double number() {
        return Double.parseDouble(slice(start).toString());
    }

    /**
     * The value of an array, whose every item must be an object. Call it only where {@link #value} said an array begins.
     *
     * @return the raw array, or null when it holds something else; the array is passed over either way
     */
    public RawJson rawArrayOfObjects() throws MalformedJsonException {
        boolean allObjects = true;
        for (boolean more = enterArray(); more; more = scanner.more()) {
            allObjects &= kindAt(scanner.at()) == JsonToken.START_OBJECT;
            scanner.value();
        }
        return allObjects ? slice(start) : null;
    }

    private boolean enterArray() throws MalformedJsonException {
        value();
        passed = true;
        return scanner.enterArray();
    }

    /**
     * The items of an array, raw. Call it only where {@link #value} said an array begins.
     *
     * @param max how many items there may be
     * @throws MalformedJsonException also when one of them is no object, or there are more
     */
    public List<RawJson> arrayOfObjects(int max) throws MalformedJsonException {
        List<RawJson> items = new ArrayList<>();
        for (boolean more = enterArray(); more; more = scanner.more()) {
            int from = scanner.at();
            if (kindAt(from) != JsonToken.START_OBJECT || items.size() == max) {
                throw new MalformedJsonException("not an array of at most " + max + " objects");
            }
            scanner.value();
            items.add(slice(from));
        }
        return items;
    }

    /**
     * The value of an array, whose every item must be a string.
     *
     * @param max how many items there may be
     * @return the texts, or null when it is no array, holds something else or more; it is passed over either way
     */
    public List<String> arrayOfTexts(int max) throws MalformedJsonException {
        if (value() != JsonToken.START_ARRAY) {
            skip();
            return null;
        }
        List<String> texts = new ArrayList<>();
        boolean fits = true;
        for (boolean more = enterArray(); more; more = scanner.more()) {
            int from = scanner.at();
            fits &= kindAt(from) == JsonToken.VALUE_STRING && texts.size() < max;
            scanner.value();
            if (fits) {
                texts.add(textFrom(from));
            }
        }
        return fits ? texts : null;
    }

    /** Nothing is open; so that a walk can stand in a {@code try}. */
    @Override
    public void close() {}
}
