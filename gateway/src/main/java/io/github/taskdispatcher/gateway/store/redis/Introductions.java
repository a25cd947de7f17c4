package io.github.taskdispatcher.gateway.store.redis;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.gateway.store.WorkerIntroduction;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.RawJson;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What workers say of themselves, as the JSON that is noted of it. Stateless, any thread. */
final class Introductions {

    /** Of the models so many characters are noted: labels may have as many bytes. */
    private static final int MODELS_CHARS = 4_096;

    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private Introductions() {}

    /** Whether it says anything for people. */
    static boolean saysAnything(FromWorker.Hello hello) {
        return hello.name() != null || !hello.models().isEmpty() || hello.labels() != null;
    }

    static byte[] write(FromWorker.Hello hello) {
        List<String> models = hello.models();
        int noted = 0;
        int chars = 0;
        while (noted < models.size() && chars + models.get(noted).length() <= MODELS_CHARS) {
            chars += models.get(noted++).length();
        }
        try {
            return JSON.writeValueAsBytes(new WorkerIntroduction(
                    hello.name() == null ? "" : hello.name(),
                    models.subList(0, noted),
                    models.size() - noted,
                    labels(hello.labels())));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<String, String> labels(RawJson json) {
        Map<String, String> labels = new LinkedHashMap<>();
        if (json == null) {
            return labels;
        }
        try {
            JsonNode object = JSON.readTree(json.bytes(), json.offset(), json.length());
            object.properties()
                    .forEach(label -> labels.put(
                            label.getKey(),
                            label.getValue().isTextual()
                                    ? label.getValue().textValue()
                                    : label.getValue().toString()));
        } catch (IOException tooOdd) {
            // Well-formed, and still beyond what Jackson reads, as a number of a thousand digits: then not shown.
            return Map.of();
        }
        return labels;
    }

    /** @param json null for none */
    static WorkerIntroduction read(byte[] json) {
        try {
            return json == null ? WorkerIntroduction.NONE : JSON.readValue(json, WorkerIntroduction.class);
        } catch (IOException notOurs) {
            return WorkerIntroduction.NONE;
        }
    }
}
