package io.github.taskdispatcher.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Walks the members of one JSON object, once, front to back; each value is either read or sliced out raw.
 *
 * <p>Strict: UTF-8 without byte order mark, no duplicate names at any depth, nothing behind the object, at most
 * {@link #MAX_DEPTH} levels, numbers of at most 1,000 and names of at most 50,000 characters. Every byte is checked, the
 * sliced values too, but nothing of those is built. Not for several threads.
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

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    // How much may come is decided where bytes are received, not by the parser's default of 20 million.
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final byte[] source;
    private final JsonParser parser;
    private boolean onNextName;

    private JsonMembers(byte[] source) throws IOException {
        this.source = source;
        this.parser = JSON.createParser(source);
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
        try {
            JsonMembers members = new JsonMembers(source);
            JsonToken first = members.parser.nextToken();
            if (first != JsonToken.START_OBJECT) {
                throw new MalformedJsonException(first == null ? "empty" : "not a JSON object");
            }
            return members;
        } catch (MalformedJsonException e) {
            throw e;
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /**
     * Goes to the next member; the value before must have been taken.
     *
     * @return false behind the last one, when the bytes have been checked to their end
     * @throws MalformedJsonException also for what stands behind the object
     */
    public boolean next() throws MalformedJsonException {
        try {
            JsonToken token = onNextName ? parser.currentToken() : parser.nextToken();
            onNextName = false;
            if (token == JsonToken.FIELD_NAME) {
                return true;
            }
            if (parser.nextToken() != null) {
                throw new MalformedJsonException("not valid JSON (something stands behind the object)");
            }
            return false;
        } catch (MalformedJsonException e) {
            throw e;
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** The name of the member stood on. */
    public String name() throws MalformedJsonException {
        try {
            return parser.currentName();
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** Steps to the value and says what it is; exactly one of {@link #raw}, {@link #text}, {@link #skip} ... follows. */
    public JsonToken value() throws MalformedJsonException {
        try {
            return parser.currentToken() == JsonToken.FIELD_NAME ? parser.nextToken() : parser.currentToken();
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** The value as it stands in the source. */
    public RawJson raw() throws MalformedJsonException {
        JsonToken token = value();
        int start = (int) parser.currentTokenLocation().getByteOffset();
        try {
            if (token.isStructStart()) {
                parser.skipChildren();
                return new RawJson(source, start, (int) parser.currentLocation().getByteOffset() - start);
            }
            // A scalar is only checked when the parser moves on; it ends where the white space or comma before the
            // next token begins.
            parser.nextToken();
            onNextName = true;
            int end = (int) parser.currentTokenLocation().getByteOffset();
            while (isSeparator(source[end - 1])) {
                end--;
            }
            return new RawJson(source, start, end - start);
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    private static boolean isSeparator(byte b) {
        return b == ' ' || b == '\n' || b == '\r' || b == '\t' || b == ',';
    }

    /** Passes over the value, checking it. */
    public void skip() throws MalformedJsonException {
        value();
        try {
            parser.skipChildren();
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** The value of a string, decoded. Call it only where {@link #value} said {@code VALUE_STRING}. */
    public String text() throws MalformedJsonException {
        try {
            return parser.getText();
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /** The value of a number, as a double. Call it only where {@link #value} said a number. */
    public double number() throws MalformedJsonException {
        try {
            return parser.getDoubleValue();
        } catch (IOException e) {
            throw malformed(e);
        }
    }

    /**
     * The value of an array, whose every item must be an object.
     *
     * @return the raw array, or null when it holds something else; the array is passed over either way
     */
    public RawJson rawArrayOfObjects() throws MalformedJsonException {
        value();
        int start = (int) parser.currentTokenLocation().getByteOffset();
        boolean allObjects = true;
        try {
            for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
                allObjects &= item == JsonToken.START_OBJECT;
                parser.skipChildren();
            }
        } catch (IOException e) {
            throw malformed(e);
        }
        int end = (int) parser.currentLocation().getByteOffset();
        return allObjects ? new RawJson(source, start, end - start) : null;
    }

    /**
     * The items of an array, raw. Call it only where {@link #value} said an array begins.
     *
     * @throws MalformedJsonException also when one of them is no object
     */
    public List<RawJson> arrayOfObjects() throws MalformedJsonException {
        List<RawJson> items = new ArrayList<>();
        try {
            for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
                if (item != JsonToken.START_OBJECT) {
                    throw new MalformedJsonException("not an array of objects");
                }
                int start = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                items.add(new RawJson(
                        source, start, (int) parser.currentLocation().getByteOffset() - start));
            }
        } catch (MalformedJsonException e) {
            throw e;
        } catch (IOException e) {
            throw malformed(e);
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
        try {
            for (JsonToken item = parser.nextToken(); item != JsonToken.END_ARRAY; item = parser.nextToken()) {
                fits &= item == JsonToken.VALUE_STRING && texts.size() < max;
                if (fits) {
                    texts.add(parser.getText());
                } else {
                    parser.skipChildren();
                }
            }
        } catch (IOException e) {
            throw malformed(e);
        }
        return fits ? texts : null;
    }

    @Override
    public void close() {
        try {
            parser.close();
        } catch (IOException e) {
            throw new IllegalStateException("a parser over an array cannot fail to close", e);
        }
    }

    /** What the parser says is for its developer; the peer gets words of ours that repeat nothing of the input. */
    private static MalformedJsonException malformed(IOException e) {
        if (e instanceof StreamConstraintsException) {
            return new MalformedJsonException("too deeply nested, or a number or name in it is too long");
        }
        if (e.getMessage() != null && e.getMessage().startsWith("Duplicate field")) {
            return new MalformedJsonException("not valid JSON (an object names a member twice)");
        }
        return new MalformedJsonException("not valid JSON");
    }
}
