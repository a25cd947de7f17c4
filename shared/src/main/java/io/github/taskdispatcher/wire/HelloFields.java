package io.github.taskdispatcher.wire;

import com.fasterxml.jackson.core.JsonToken;
import java.util.List;

/** What a worker says of itself: read member by member, judged once it is known to be a {@code hello}. */
final class HelloFields {

    private static final int MAX_LABELS_BYTES = 4096;

    private int protocol = 1;
    private int slots = 1;
    private List<String> models = List.of();
    private RawJson labels;
    private String name;
    private List<String> resume = List.of();
    /** What is wrong, the last of it; null when all is well. */
    private String fault;

    /** Reads one of its members; null is as if it were not there. */
    void read(String member, JsonMembers members, JsonToken value) throws MalformedJsonException {
        if (value == JsonToken.VALUE_NULL) {
            members.skip();
            return;
        }
        switch (member) {
            case "protocol" -> protocol = whole(members, value, 1, "protocol must be 1");
            case "slots" ->
                slots = whole(
                        members,
                        value,
                        FromWorker.Hello.MAX_SLOTS,
                        "slots must be a whole number from 1 to " + FromWorker.Hello.MAX_SLOTS);
            case "models" -> models = models(members);
            case "labels" -> labels = labels(members, value);
            case "name" -> name = name(members, value);
            default -> resume = resume(members);
        }
    }

    private int whole(JsonMembers members, JsonToken value, int max, String otherwise) throws MalformedJsonException {
        double number = 0;
        if (value.isNumeric()) {
            number = members.number();
        } else {
            members.skip();
        }
        if (number >= 1 && number <= max && number == Math.rint(number)) {
            return (int) number;
        }
        fault = otherwise;
        return 1;
    }

    private List<String> models(JsonMembers members) throws MalformedJsonException {
        List<String> read = members.arrayOfTexts(FromWorker.Hello.MAX_MODELS);
        if (read == null || !read.stream().allMatch(HelloFields::isName)) {
            fault = "models must be at most " + FromWorker.Hello.MAX_MODELS + " names of 1 to "
                    + FromWorker.Hello.MAX_NAME_LENGTH + " characters";
            return List.of();
        }
        return read.stream().distinct().toList();
    }

    private static boolean isName(String text) {
        return !text.isBlank()
                && text.length() <= FromWorker.Hello.MAX_NAME_LENGTH
                && text.chars().noneMatch(Character::isISOControl);
    }

    private RawJson labels(JsonMembers members, JsonToken value) throws MalformedJsonException {
        RawJson raw = members.raw();
        if (value != JsonToken.START_OBJECT || raw.length() > MAX_LABELS_BYTES) {
            fault = "labels must be an object of at most " + MAX_LABELS_BYTES + " bytes";
        }
        return raw;
    }

    private String name(JsonMembers members, JsonToken value) throws MalformedJsonException {
        String text = "";
        if (value == JsonToken.VALUE_STRING) {
            text = members.text();
        } else {
            members.skip();
        }
        if (!isName(text)) {
            fault = "name must be a string of 1 to " + FromWorker.Hello.MAX_NAME_LENGTH + " characters";
        }
        return text;
    }

    private List<String> resume(JsonMembers members) throws MalformedJsonException {
        List<String> read = members.arrayOfTexts(FromWorker.Hello.MAX_SLOTS);
        if (read == null || read.stream().anyMatch(id -> id.length() > Frames.MAX_ID_LENGTH)) {
            fault = "resume must be at most " + FromWorker.Hello.MAX_SLOTS + " ids of tasks";
            return List.of();
        }
        return read.stream().distinct().toList();
    }

    /** The message; only now is anything refused, for other messages may have members of these names. */
    FromWorker.Hello message() throws BadFrameException {
        if (fault != null) {
            throw new BadFrameException(fault, null);
        }
        return new FromWorker.Hello(protocol, slots, models, labels, name, resume);
    }

    static byte[] write(FromWorker.Hello hello) {
        JsonText json = new JsonText(256)
                .member("type", "hello")
                .member("protocol", hello.protocol())
                .member("slots", hello.slots())
                .member("models", texts(hello.models()));
        if (hello.labels() != null) {
            json.member("labels", hello.labels());
        }
        if (hello.name() != null) {
            json.member("name", hello.name());
        }
        return hello.resume().isEmpty()
                ? json.end()
                : json.member("resume", texts(hello.resume())).end();
    }

    private static RawJson texts(List<String> texts) {
        StringBuilder array = new StringBuilder("[");
        for (String text : texts) {
            RawJson quoted = RawJson.of(new JsonText(32).member("t", text).end());
            String object = quoted.toString();
            array.append(array.length() > 1 ? "," : "").append(object, object.indexOf(':') + 1, object.length() - 1);
        }
        return RawJson.of(array.append(']').toString());
    }
}
