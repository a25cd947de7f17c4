package io.github.taskdispatcher.gateway.dashboard;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Shows the form of a JSON text and none of its values: names stay, everything else becomes a word for what it was. */
final class Masking {

    /** Keeps no name beyond the text it stands in: the names are the peers'. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private Masking() {}

    /** The masked text; one that is not JSON becomes a single word. */
    static byte[] mask(byte[] json) {
        ByteArrayOutputStream masked = new ByteArrayOutputStream(Math.min(json.length, 64 * 1024));
        try (JsonParser in = JSON.createParser(json);
                JsonGenerator out = JSON.createGenerator(masked)) {
            for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
                switch (token) {
                    case VALUE_STRING -> out.writeString("(text, " + in.getTextLength() + ")");
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> out.writeString("(number)");
                    case VALUE_TRUE, VALUE_FALSE -> out.writeString("(boolean)");
                    default -> out.copyCurrentEvent(in);
                }
            }
        } catch (IOException notJson) {
            return "\"(hidden)\"".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        }
        return masked.toByteArray();
    }
}
