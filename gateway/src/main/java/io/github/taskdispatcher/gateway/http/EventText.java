package io.github.taskdispatcher.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;

/** Server-sent events as text. */
public final class EventText {

    private static final byte[] DATA = "data: ".getBytes(UTF_8);

    private EventText() {}

    /** An event of data alone. */
    public static byte[] data(byte[] json) {
        return event(null, null, List.of(json));
    }

    /**
     * An event.
     *
     * @param name null for none
     * @param id null for none
     * @param json its data, in parts
     */
    public static byte[] event(String name, String id, List<byte[]> json) {
        int size = 64;
        for (byte[] part : json) {
            size += part.length;
        }
        ByteArrayOutputStream event = new ByteArrayOutputStream(size);
        if (name != null) {
            event.writeBytes(("event: " + name + "\n").getBytes(UTF_8));
        }
        if (id != null) {
            event.writeBytes(("id: " + id + "\n").getBytes(UTF_8));
        }
        event.writeBytes(DATA);
        json.forEach(part -> event.writeBytes(inOneLine(part)));
        event.write('\n');
        event.write('\n');
        return event.toByteArray();
    }

    /**
     * JSON has line breaks between its tokens only, where spaces mean the same. Some clients take each line of data for an event
     * of its own.
     */
    private static byte[] inOneLine(byte[] json) {
        byte[] line = json;
        for (int i = 0; i < json.length; i++) {
            if (json[i] == '\n' || json[i] == '\r') {
                if (line == json) {
                    line = json.clone();
                }
                line[i] = ' ';
            }
        }
        return line;
    }
}
