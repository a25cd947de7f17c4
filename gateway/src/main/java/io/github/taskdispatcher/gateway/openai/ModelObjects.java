package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.dispatch.Models.Served;
import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.wire.JsonText;
import java.io.ByteArrayOutputStream;
import java.util.List;

/** The model objects of the OpenAI API. It is not known when a model was made: {@code created} is 0. */
final class ModelObjects {

    private ModelObjects() {}

    static Answer list(List<Served> models) {
        ByteArrayOutputStream body = new ByteArrayOutputStream(64 + 96 * models.size());
        body.writeBytes("{\"object\":\"list\",\"data\":[".getBytes(UTF_8));
        for (int i = 0; i < models.size(); i++) {
            if (i > 0) {
                body.write(',');
            }
            body.writeBytes(object(models.get(i)));
        }
        body.writeBytes("]}".getBytes(UTF_8));
        return new Answer(200, body.toByteArray());
    }

    static byte[] object(Served model) {
        return new JsonText(96)
                .member("id", model.id())
                .member("object", "model")
                .member("created", 0)
                .member("owned_by", model.group().text())
                .end();
    }
}
