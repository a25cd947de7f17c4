package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonToken;
import io.github.taskdispatcher.gateway.http.EventText;
import io.github.taskdispatcher.wire.JsonMembers;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.MalformedJsonException;
import io.github.taskdispatcher.wire.RawJson;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** The typed events of a response; each has its type as its name too. A response ends with one of them, not with {@code [DONE]}. */
final class ResponseStreamFormat extends StreamFormat {

    private static final RawJson NONE = RawJson.of("[]");
    private static final RawJson NO_TEXT = RawJson.of("\"\"");

    /** All the text so far: the inside of one JSON string. */
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    private long number;
    private boolean begun;

    ResponseStreamFormat(ResponseMapper results) {
        super(results);
    }

    private String item() {
        return ResponseMapper.messageId(results().task());
    }

    @Override
    byte[] text(RawJson text) {
        byte[] first = begun ? new byte[0] : join(created(), message());
        said.write(text.bytes(), text.offset() + 1, text.length() - 2);
        JsonText delta = part("response.output_text.delta", text.length())
                .member("delta", text)
                .member("logprobs", NONE);
        return join(first, event("response.output_text.delta", delta));
    }

    /** As the worker wrote it, but for the id of the response in it: clients retrieve and cancel it by the gateway's. */
    @Override
    byte[] passed(byte[] object) {
        String type = null;
        JsonText written = new JsonText(object.length + 64);
        boolean changed = false;
        try (JsonMembers members = JsonMembers.of(object)) {
            while (members.next()) {
                String name = members.name();
                JsonToken kind = members.value();
                RawJson value = members.raw();
                if (name.equals("type") && kind == JsonToken.VALUE_STRING) {
                    type = value.toString().replace("\"", "");
                } else if (name.equals("response") && kind == JsonToken.START_OBJECT) {
                    value = RawJson.of(results().identified(value.toBytes()));
                    changed = true;
                }
                written.member(name, value);
            }
        } catch (MalformedJsonException strange) {
            return EventText.data(object);
        }
        boolean named = type != null && type.matches("[\\w.]{1,100}");
        return EventText.event(named ? type : null, null, List.of(changed ? written.end() : object));
    }

    @Override
    byte[] endOfPassed() {
        return new byte[0];
    }

    @Override
    byte[] endOfText(byte[] result) {
        RawJson text = RawJson.of(('"' + said.toString(UTF_8) + '"').getBytes(UTF_8));
        boolean own = results().text(result) == null;
        byte[] response = own ? results().identified(result) : results().response("completed", text, null);
        return join(
                event(
                        "response.output_text.done",
                        part("response.output_text.done", text.length())
                                .member("text", text)
                                .member("logprobs", NONE)),
                event(
                        "response.content_part.done",
                        part("response.content_part.done", text.length())
                                .member("part", ResponseMapper.outputText(text))),
                event(
                        "response.output_item.done",
                        typed("response.output_item.done", text.length())
                                .member("output_index", 0)
                                .member("item", results().message("completed", ResponseMapper.outputText(text)))),
                whole("response.completed", response));
    }

    @Override
    byte[] whole(byte[] result) {
        RawJson text = results().text(result);
        return text == null
                ? join(created(), whole("response.completed", results().identified(result)))
                : join(text(text), endOfText(result));
    }

    @Override
    byte[] failed(OpenAiErrors.Fault fault) {
        byte[] shortly = fault.ofResponse();
        byte[] created = begun ? new byte[0] : created();
        byte[] failed = whole("response.failed", results().response("failed", null, shortly));
        // The SDKs throw this one.
        byte[] object = fault.object();
        JsonText error = typed("error", 64 + object.length).member("error", RawJson.of(object));
        return join(created, failed, event("error", error));
    }

    private byte[] created() {
        begun = true;
        byte[] response = results().response("in_progress", null, null);
        return join(whole("response.created", response), whole("response.in_progress", response));
    }

    private byte[] message() {
        return join(
                event(
                        "response.output_item.added",
                        typed("response.output_item.added", 160)
                                .member("output_index", 0)
                                .member("item", results().message("in_progress"))),
                event(
                        "response.content_part.added",
                        part("response.content_part.added", 96).member("part", ResponseMapper.outputText(NO_TEXT))));
    }

    private byte[] whole(String type, byte[] response) {
        return event(type, typed(type, response.length).member("response", RawJson.of(response)));
    }

    private JsonText typed(String type, int more) {
        return new JsonText(96 + more).member("type", type).member("sequence_number", number++);
    }

    private JsonText part(String type, int more) {
        return typed(type, more + 96)
                .member("item_id", item())
                .member("output_index", 0)
                .member("content_index", 0);
    }

    private static byte[] event(String type, JsonText json) {
        return EventText.event(type, null, List.of(json.end()));
    }
}
