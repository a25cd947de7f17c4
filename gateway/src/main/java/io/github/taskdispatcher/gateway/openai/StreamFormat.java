package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.http.EventText;
import io.github.taskdispatcher.wire.RawJson;
import java.util.List;

/**
 * The events of one stream, in the form its endpoint has for them. This one passes everything on; what an SDK knows otherwise is a
 * subclass. By one thread at a time.
 */
class StreamFormat {

    /** Behind the last event of a stream that is whole. */
    static final byte[] DONE = "data: [DONE]\n\n".getBytes(UTF_8);

    private final ResponseMapper results;

    StreamFormat(ResponseMapper results) {
        this.results = results;
    }

    /** @param usage whether the client asked for a chunk with the usage, {@code stream_options.include_usage} */
    static StreamFormat of(ResponseMapper results, boolean usage) {
        return switch (results.endpoint()) {
            case CHAT, COMPLETIONS -> new ChatStreamFormat(results, usage);
            case RESPONSES -> new ResponseStreamFormat(results);
            default -> new StreamFormat(results);
        };
    }

    ResponseMapper results() {
        return results;
    }

    /** A piece of text: a JSON string. */
    byte[] text(RawJson text) {
        return EventText.data(text.toBytes());
    }

    /** What the worker wrote as the endpoint would. */
    byte[] passed(byte[] object) {
        return EventText.data(object);
    }

    /** The end of a stream of text, whose worker answered with this. */
    byte[] endOfText(byte[] result) {
        return DONE;
    }

    /** The end of one that the worker wrote itself. */
    byte[] endOfPassed() {
        return DONE;
    }

    /** All of it, when the worker said nothing before its answer; null when that is nothing this endpoint could return. */
    byte[] whole(byte[] result) {
        List<byte[]> object = results.of(result);
        return object == null ? null : join(EventText.event(null, null, object), DONE);
    }

    /** Instead of an end. */
    byte[] failed(OpenAiErrors.Fault fault) {
        return EventText.data(fault.body());
    }

    static byte[] join(byte[]... events) {
        int size = 0;
        for (byte[] event : events) {
            size += event.length;
        }
        byte[] joined = new byte[size];
        int at = 0;
        for (byte[] event : events) {
            System.arraycopy(event, 0, joined, at, event.length);
            at += event.length;
        }
        return joined;
    }
}
