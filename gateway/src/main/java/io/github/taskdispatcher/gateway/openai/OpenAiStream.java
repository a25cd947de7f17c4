package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.dispatch.Follower;
import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.gateway.http.ClientRequests;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.http.EventWriter;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.RawJson;
import java.util.concurrent.Executor;

/**
 * A task as the stream its client asked for. A worker that says strings gets them put into the endpoint's form; for one that says
 * objects nothing is invented. A stream that is not whole ends with an error: the SDKs take anything else for success.
 */
final class OpenAiStream implements Follower {

    private final TaskId id;
    private final StreamForm form;
    private final ClientRequests clients;
    private final EventWriter out;
    private final Executor heavy;
    private volatile TaskView told;
    private boolean texts;
    private boolean objects;
    private boolean over;

    /** @param heavy for parsing large results: may use a part of the cores only */
    OpenAiStream(Results results, ClientRequests clients, EventWriter out, Executor heavy) {
        id = results.task();
        form = StreamForm.of(results);
        this.clients = clients;
        this.out = out;
        this.heavy = heavy;
        out.saying(
                () -> EventWriter.howFar(told), () -> form.failed(ErrorCode.STREAM_CUT, EventWriter.SLOW + follow()));
    }

    private String follow() {
        return "; the task goes on, follow it with GET " + Answer.TASK_PATH + id.text();
    }

    @Override
    public void status(TaskView view) {
        boolean first = told == null;
        told = view;
        if (first) {
            // Begins the response.
            out.send(new byte[0]);
        }
    }

    @Override
    public void chunk(long number, byte[] json) {
        if (over) {
            return;
        }
        byte first = json[0];
        if (first == '{') {
            objects = true;
            out.send(form.passed(json));
            return;
        }
        texts = true;
        RawJson value = RawJson.of(json);
        // What is neither text nor an object is text by its JSON.
        out.send(form.text(first == '"' ? value : Results.quoted(value)));
    }

    @Override
    public void gap(long from, long to) {
        fail(ErrorCode.STREAM_CUT, "Stream cut: " + (to - from + 1) + " chunks are lost" + follow());
    }

    @Override
    public void ended(TaskView view) {
        if (over) {
            return;
        }
        over = true;
        clients.withValue(id, view.outcome(), heavy, outcome -> new Answer(200, ended(outcome)))
                .whenComplete((answer, failure) -> {
                    if (failure != null || answer.status() != 200) {
                        out.end(
                                form.failed(ErrorCode.OVERLOADED, "Overloaded: no memory for the result" + follow()),
                                () -> {});
                    } else {
                        out.end(answer.parts().get(0), () -> clients.written(answer));
                    }
                });
    }

    private byte[] ended(Outcome outcome) {
        if (outcome.status() != TaskStatus.COMPLETED) {
            return form.failed(ErrorCode.of(outcome.endedBy()), new String(outcome.value(), UTF_8));
        }
        if (objects) {
            return form.endOfPassed();
        }
        byte[] events = texts ? form.endOfText(outcome.value()) : form.whole(outcome.value());
        return events == null
                ? form.failed(ErrorCode.WORKER_ERROR, form.results().expected())
                : events;
    }

    @Override
    public void lost() {
        fail(ErrorCode.TASK_LOST, "Task lost: Redis no longer has it");
    }

    @Override
    public void stopping() {
        fail(ErrorCode.UNAVAILABLE, "Service unavailable: this gateway is stopping" + follow());
    }

    private void fail(ErrorCode code, String message) {
        if (!over) {
            over = true;
            out.end(form.failed(code, message), () -> {});
        }
    }

    @Override
    public boolean hasRoom(int bytes) {
        return out.hasRoom(bytes);
    }
}
