package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.core.JsonToken;
import io.github.taskdispatcher.wire.JsonMembers;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.MalformedJsonException;
import io.github.taskdispatcher.wire.RawJson;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Embeddings in the encoding that the client asked for by {@code encoding_format}. The SDKs ask for base64 by default and read
 * whatever comes as that: an array of numbers becomes other numbers there, without an error.
 */
final class Embeddings {

    /** How a client wants each embedding. */
    enum Encoding {
        /** An array of numbers; so without {@code encoding_format}. */
        FLOAT,
        /** The base64 of its numbers, each a little-endian float of 4 bytes. */
        BASE64,
        /** As the worker says it: the client named an encoding that the gateway does not know. */
        AS_SAID;

        /** @param format what the client sent; null when it sent none */
        static Encoding of(String format) {
            if (format == null || format.equals("float")) {
                return FLOAT;
            }
            return format.equals("base64") ? BASE64 : AS_SAID;
        }
    }

    /** The most embeddings of one object that are encoded anew; an object with more is passed on as it is. */
    private static final int MAX_ITEMS = 100_000;

    private Embeddings() {}

    /**
     * The embeddings that a value is made of, encoded.
     *
     * @param value JSON: an array of numbers, or an array of those
     * @return null when the value is anything else, or a number does not fit into a float
     */
    static List<RawJson> of(RawJson value, Encoding encoding) {
        List<RawJson> vectors = vectors(value);
        if (vectors == null || encoding != Encoding.BASE64) {
            return vectors;
        }
        List<RawJson> encoded = new ArrayList<>(vectors.size());
        for (RawJson vector : vectors) {
            RawJson base64 = base64(vector);
            if (base64 == null) {
                return null;
            }
            encoded.add(base64);
        }
        return encoded;
    }

    /** An object that the worker wrote, each embedding in the encoding; the same bytes when all of them are. */
    static byte[] encoded(byte[] object, Encoding encoding) {
        if (encoding == Encoding.AS_SAID) {
            return object;
        }
        JsonText written = new JsonText(object.length + 64);
        boolean changed = false;
        try (JsonMembers members = JsonMembers.of(object)) {
            while (members.next()) {
                String name = members.name();
                JsonToken value = members.value();
                if (!name.equals("data") || value != JsonToken.START_ARRAY) {
                    written.member(name, members.raw());
                    continue;
                }
                List<RawJson> items = new ArrayList<>();
                for (RawJson item : members.arrayOfObjects(MAX_ITEMS)) {
                    RawJson encodedItem = item(item, encoding);
                    changed |= encodedItem != item;
                    items.add(encodedItem);
                }
                written.member(name, ResponseMapper.inArray(items.toArray(RawJson[]::new)));
            }
        } catch (MalformedJsonException strange) {
            return object;
        }
        return changed ? written.end() : object;
    }

    /** The same instance when nothing has to change. */
    private static RawJson item(RawJson item, Encoding encoding) throws MalformedJsonException {
        JsonText written = new JsonText(item.length() + 64);
        boolean changed = false;
        try (JsonMembers members = JsonMembers.of(item.toBytes())) {
            while (members.next()) {
                String name = members.name();
                JsonToken kind = members.value();
                RawJson value = members.raw();
                RawJson now = name.equals("embedding") ? embedding(value, kind, encoding) : value;
                changed |= now != value;
                written.member(name, now);
            }
        }
        return changed ? RawJson.of(written.end()) : item;
    }

    private static RawJson embedding(RawJson value, JsonToken kind, Encoding encoding) {
        RawJson other = null;
        if (kind == JsonToken.START_ARRAY && encoding == Encoding.BASE64) {
            List<RawJson> vectors = vectors(value);
            other = vectors == null || vectors.size() > 1
                    ? null
                    : base64(vectors.isEmpty() ? RawJson.of("[]") : vectors.get(0));
        } else if (kind == JsonToken.VALUE_STRING && encoding == Encoding.FLOAT) {
            other = numbers(value);
        }
        return other == null ? value : other;
    }

    /** Null when a number does not fit. */
    private static RawJson base64(RawJson vector) {
        String inside = new String(vector.bytes(), vector.offset() + 1, vector.length() - 2, ISO_8859_1);
        String[] numbers = inside.isBlank() ? new String[0] : inside.split(",");
        ByteBuffer floats = ByteBuffer.allocate(Float.BYTES * numbers.length).order(ByteOrder.LITTLE_ENDIAN);
        for (String number : numbers) {
            float value = Float.parseFloat(number.strip());
            if (Float.isInfinite(value)) {
                return null;
            }
            floats.putFloat(value);
        }
        return RawJson.of('"' + Base64.getEncoder().encodeToString(floats.array()) + '"');
    }

    /** Null when it is not the base64 of floats that JSON can say. */
    private static RawJson numbers(RawJson base64) {
        byte[] bytes;
        try {
            bytes = Base64.getDecoder()
                    .decode(new String(base64.bytes(), base64.offset() + 1, base64.length() - 2, ISO_8859_1)
                            .replace("\\/", "/"));
        } catch (IllegalArgumentException anotherEncoding) {
            return null;
        }
        if (bytes.length == 0 || bytes.length % Float.BYTES != 0) {
            return null;
        }
        ByteBuffer floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        StringBuilder numbers = new StringBuilder(4 * bytes.length).append('[');
        while (floats.hasRemaining()) {
            float value = floats.getFloat();
            if (!Float.isFinite(value)) {
                return null;
            }
            numbers.append(numbers.length() > 1 ? "," : "").append(value);
        }
        return RawJson.of(numbers.append(']').toString());
    }

    /** The arrays of numbers a value is made of, or the only one it is; null when it is anything else. */
    private static List<RawJson> vectors(RawJson value) {
        List<RawJson> vectors = new ArrayList<>();
        int depth = 0;
        int deepest = 0;
        int start = 0;
        boolean loose = false;
        for (int i = value.offset(); i < value.offset() + value.length(); i++) {
            byte b = value.bytes()[i];
            if (b == '[') {
                depth++;
                deepest = Math.max(deepest, depth);
                start = i;
            } else if (b == ']') {
                if (depth == 2) {
                    vectors.add(new RawJson(value.bytes(), start, i + 1 - start));
                }
                depth--;
            } else if (b > ' ' && b != ',') {
                if ("0123456789+-.eE".indexOf(b) < 0) {
                    return null;
                }
                loose |= depth == 1;
            }
        }
        if (deepest == 1) {
            return loose ? List.of(value) : null;
        }
        return deepest == 2 && !loose ? vectors : null;
    }
}
