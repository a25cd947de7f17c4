package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Bytes that are nearly JSON, the same for the same seed, and what Jackson at its strictest thinks of them. */
public final class JsonMutations {

    private static final JsonFactory STRICT = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final String[] PIECES = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u0000",
        "\\ud800",
        "null",
        "true",
        "1",
        "-",
        "0",
        "1e9",
        ".",
        " ",
        "\n",
        "\"a\":1,",
        "\"type\":",
        "\u00e9",
        "\ud83d\ude00",
        "\u0001",
        "//",
        "'",
        "NaN",
        "[[[[",
        "{\"a\":{\"b\":["
    };

    private final List<byte[]> corpus;
    private final Random random;

    public JsonMutations(long seed, List<String> corpus) {
        this.corpus = corpus.stream().map(text -> text.getBytes(UTF_8)).toList();
        random = new Random(seed);
    }

    /** The next input: one of the corpus with up to four changes. */
    public byte[] next() {
        byte[] bytes = corpus.get(random.nextInt(corpus.size())).clone();
        for (int changes = random.nextInt(5); changes > 0; changes--) {
            bytes = change(bytes);
        }
        return bytes;
    }

    private byte[] change(byte[] bytes) {
        int at = random.nextInt(bytes.length + 1);
        switch (random.nextInt(4)) {
            case 0 -> {
                if (at < bytes.length) {
                    bytes[at] = (byte) random.nextInt(256);
                }
                return bytes;
            }
            case 1 -> {
                return splice(bytes, at, PIECES[random.nextInt(PIECES.length)].getBytes(UTF_8), at);
            }
            case 2 -> {
                return splice(bytes, at, new byte[0], Math.min(bytes.length, at + 1 + random.nextInt(4)));
            }
            default -> {
                int from = random.nextInt(bytes.length + 1);
                int to = Math.min(bytes.length, from + random.nextInt(12));
                return splice(bytes, at, Arrays.copyOfRange(bytes, from, to), at);
            }
        }
    }

    private static byte[] splice(byte[] bytes, int from, byte[] middle, int to) {
        byte[] spliced = new byte[from + middle.length + bytes.length - to];
        System.arraycopy(bytes, 0, spliced, 0, from);
        System.arraycopy(middle, 0, spliced, from, middle.length);
        System.arraycopy(bytes, to, spliced, from + middle.length, bytes.length - to);
        return spliced;
    }

    /** The value as Jackson reads it, numbers as their text; null when it is not one JSON value in UTF-8. */
    public static JsonNode strictly(byte[] bytes) {
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            try (JsonParser parser = STRICT.createParser(text)) {
                JsonNode value = parser.nextToken() == null ? null : read(parser);
                return parser.nextToken() == null ? value : null;
            }
        } catch (IOException neitherUtf8NorJson) {
            return null;
        }
    }

    private static JsonNode read(JsonParser parser) throws IOException {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    object.set(name, read(parser));
                }
                return object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(read(parser));
                }
                return array;
            }
            case VALUE_STRING -> {
                return NODES.textNode(parser.getText());
            }
            case VALUE_NULL -> {
                return NODES.nullNode();
            }
            case VALUE_TRUE, VALUE_FALSE -> {
                return NODES.booleanNode(parser.getBooleanValue());
            }
            default -> {
                return NODES.textNode("number " + parser.getText());
            }
        }
    }
}
