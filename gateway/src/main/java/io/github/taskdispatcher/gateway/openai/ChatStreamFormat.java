package io.github.taskdispatcher.gateway.openai;

import com.fasterxml.jackson.core.JsonToken;
import io.github.taskdispatcher.gateway.http.EventText;
import io.github.taskdispatcher.wire.JsonMembers;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.MalformedJsonException;
import io.github.taskdispatcher.wire.RawJson;
import java.util.ArrayList;
import java.util.List;

/** Chunks of a chat, and of the older completions: text becomes a delta, the first with its role, the last with the reason of the end. */
final class ChatStreamFormat extends StreamFormat {

    private static final RawJson NULL = RawJson.of("null");
    private static final RawJson NOTHING = RawJson.of("{}");
    private static final RawJson NO_TEXT = RawJson.of("\"\"");

    /** The gateway counts none. */
    private static final RawJson NO_TOKENS =
            RawJson.of("{\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0}");

    /** The most choices, and the most tool calls of one, that are rewritten; a completion with more is passed on as it is. */
    private static final int MAX_ITEMS = 256;

    private final boolean chat;
    private final boolean usage;
    private boolean begun;

    /** @param usage whether the last chunk tells the usage and has no choice */
    ChatStreamFormat(ResponseMapper results, boolean usage) {
        super(results);
        this.usage = usage;
        chat = results.endpoint() == Endpoint.CHAT;
    }

    @Override
    byte[] text(RawJson text) {
        return chunk(chat ? delta(text) : text, null);
    }

    /** The role is said once. */
    private RawJson delta(RawJson text) {
        JsonText delta = new JsonText(48 + text.length());
        if (!begun) {
            delta.member("role", "assistant");
            begun = true;
        }
        return RawJson.of(delta.member("content", text).end());
    }

    @Override
    byte[] endOfText(byte[] result) {
        return join(chunk(chat ? NOTHING : NO_TEXT, "stop"), usageChunk(result, false), DONE);
    }

    @Override
    byte[] whole(byte[] result) {
        RawJson text = results().text(result);
        if (text != null) {
            return join(text(text), endOfText(result));
        }
        return join(EventText.data(chat ? chunkOf(result) : result), usageChunk(result, true), DONE);
    }

    /**
     * The chunk that tells how many tokens there were; empty where the client did not ask for it.
     *
     * @param passed whether the chunk before it is the worker's answer: then both are of the same completion
     */
    private byte[] usageChunk(byte[] answer, boolean passed) {
        if (!usage) {
            return new byte[0];
        }
        Said said = saidIn(answer);
        return EventText.data(open(passed ? said : Said.NOTHING, new JsonText(224))
                .member("choices", RawJson.of("[]"))
                .member("usage", said.usage() == null ? NO_TOKENS : said.usage())
                .end());
    }

    /** What a worker's completion says of itself; each null when it does not. */
    private record Said(RawJson id, RawJson created, RawJson model, RawJson usage) {

        static final Said NOTHING = new Said(null, null, null, null);
    }

    private static Said saidIn(byte[] completion) {
        RawJson id = null;
        RawJson created = null;
        RawJson model = null;
        RawJson usage = null;
        try (JsonMembers members = JsonMembers.of(completion)) {
            while (members.next()) {
                String name = members.name();
                JsonToken value = members.value();
                if (name.equals("id")) {
                    id = members.raw();
                } else if (name.equals("created")) {
                    created = members.raw();
                } else if (name.equals("model")) {
                    model = members.raw();
                } else if (name.equals("usage") && value == JsonToken.START_OBJECT) {
                    usage = members.raw();
                } else {
                    members.skip();
                }
            }
        } catch (MalformedJsonException noObject) {
            return Said.NOTHING;
        }
        return new Said(id, created, model, usage);
    }

    private byte[] chunk(RawJson content, String reason) {
        byte[] choice = new JsonText(96 + content.length())
                .member("index", 0)
                .member(chat ? "delta" : "text", content)
                .member("logprobs", NULL)
                .member("finish_reason", reason)
                .end();
        return EventText.data(open(Said.NOTHING, new JsonText(224 + choice.length))
                .member("choices", ResponseMapper.inArray(RawJson.of(choice)))
                .end());
    }

    /** The beginning of a chunk, as the completion says it or else as the gateway does. */
    private JsonText open(Said completion, JsonText chunk) {
        if (completion.id() == null) {
            chunk.member("id", (chat ? "chatcmpl-" : "cmpl-") + results().task().text());
        } else {
            chunk.member("id", completion.id());
        }
        chunk.member("object", chat ? "chat.completion.chunk" : "text_completion");
        if (completion.created() == null) {
            chunk.member("created", results().createdAt());
        } else {
            chunk.member("created", completion.created());
        }
        return completion.model() == null
                ? chunk.member("model", results().model())
                : chunk.member("model", completion.model());
    }

    // ---- a completion that the worker wrote itself, as the one chunk of a stream ------------------------------------

    private byte[] chunkOf(byte[] completion) {
        try (JsonMembers members = JsonMembers.of(completion)) {
            JsonText chunk = new JsonText(completion.length + 64).member("object", "chat.completion.chunk");
            while (members.next()) {
                String name = members.name();
                JsonToken value = members.value();
                if (name.equals("object") || usage && name.equals("usage")) {
                    members.skip();
                } else if (name.equals("choices") && value == JsonToken.START_ARRAY) {
                    List<RawJson> choices = new ArrayList<>();
                    for (RawJson choice : members.arrayOfObjects(MAX_ITEMS)) {
                        choices.add(renamed(choice, "message", "delta"));
                    }
                    chunk.member(name, ResponseMapper.inArray(choices.toArray(RawJson[]::new)));
                } else {
                    chunk.member(name, members.raw());
                }
            }
            return chunk.end();
        } catch (MalformedJsonException strange) {
            return completion;
        }
    }

    private static RawJson renamed(RawJson object, String from, String to) throws MalformedJsonException {
        JsonText renamed = new JsonText(object.length() + 16);
        try (JsonMembers members = JsonMembers.of(object.toBytes())) {
            while (members.next()) {
                String name = members.name();
                members.value();
                RawJson value = members.raw();
                renamed.member(name.equals(from) ? to : name, name.equals(from) ? withIndexes(value) : value);
            }
        }
        return RawJson.of(renamed.end());
    }

    /** In a delta each call of a tool says which it is. */
    private static RawJson withIndexes(RawJson message) throws MalformedJsonException {
        if (message.length() == 0 || message.bytes()[message.offset()] != '{') {
            return message;
        }
        JsonText delta = new JsonText(message.length() + 64);
        try (JsonMembers members = JsonMembers.of(message.toBytes())) {
            while (members.next()) {
                String name = members.name();
                if (name.equals("tool_calls") && members.value() == JsonToken.START_ARRAY) {
                    List<RawJson> calls = new ArrayList<>();
                    for (RawJson call : members.arrayOfObjects(MAX_ITEMS)) {
                        calls.add(indexed(call, calls.size()));
                    }
                    delta.member(name, ResponseMapper.inArray(calls.toArray(RawJson[]::new)));
                } else {
                    members.value();
                    delta.member(name, members.raw());
                }
            }
        }
        return RawJson.of(delta.end());
    }

    private static RawJson indexed(RawJson call, int index) throws MalformedJsonException {
        JsonText indexed = new JsonText(call.length() + 16).member("index", index);
        try (JsonMembers members = JsonMembers.of(call.toBytes())) {
            while (members.next()) {
                String name = members.name();
                members.value();
                RawJson value = members.raw();
                if (!name.equals("index")) {
                    indexed.member(name, value);
                }
            }
        }
        return RawJson.of(indexed.end());
    }
}
