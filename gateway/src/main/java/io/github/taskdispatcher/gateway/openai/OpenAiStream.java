package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ClientRequests;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.http.EventWriter;
import io.github.taskdispatcher.gateway.openai.OpenAiErrors.Fault;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.waiting.StreamListener;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.RawJson;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * A task as the stream its client asked for. A worker that says strings gets them put into the endpoint's form; for one that says
 * objects nothing is invented. A stream that is not whole ends with an error: the SDKs take anything else for success.
 */
final class OpenAiStream implements StreamListener {

    private final TaskId id;
    private final StreamFormat form;
    private final ClientRequests clients;
    private final EventWriter out;
    private final long headWithinMs;
    private final Executor heavy;
    private volatile TaskView told;
    private boolean texts;
    private boolean objects;
    private volatile boolean over;

    /**
     * @param headWithinMs how long the head of the response is held back while the worker says nothing
     * @param heavy for parsing large results: may use a part of the cores only
     */
    OpenAiStream(StreamFormat form, ClientRequests clients, EventWriter out, long headWithinMs, Executor heavy) {
        id = form.results().task();
        this.form = form;
        this.clients = clients;
        this.out = out;
        this.headWithinMs = headWithinMs;
        this.heavy = heavy;
        out.saying(
                () -> EventWriter.howFar(told),
                () -> form.failed(Fault.of(ErrorCode.STREAM_CUT, EventWriter.SLOW + follow(), null)));
    }

    private String follow() {
        return "; the task goes on, follow it with GET " + Answer.TASK_PATH + id.text();
    }

    @Override
    public void status(TaskView view) {
        boolean first = told == null;
        told = view;
        if (first) {
            // What fails before its first chunk is answered with the status of its error.
            out.hold(headWithinMs);
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
        out.send(form.text(first == '"' ? value : ResponseMapper.quoted(value)));
    }

    @Override
    public void gap(long from, long to) {
        cut(ErrorCode.STREAM_CUT, "Stream cut: " + (to - from + 1) + " chunks are lost" + follow());
    }

    @Override
    public void ended(TaskView view) {
        if (over) {
            return;
        }
        if (view.status() != TaskStatus.COMPLETED) {
            fail(Fault.of(view.outcome()));
            return;
        }
        clients.withValue(id, view.outcome(), heavy, outcome -> new Answer(200, events(outcome)))
                .whenComplete((answer, failure) -> {
                    Optional<BadRequest> bad = BadRequest.in(failure);
                    if (bad.isPresent()) {
                        fail(Fault.of(bad.get().code(), bad.get().getMessage(), null));
                    } else if (failure != null || answer.status() != 200) {
                        fail(Fault.of(ErrorCode.OVERLOADED, "Overloaded: no memory for the result" + follow(), null));
                    } else if (answer.length() == 0 && !objects) {
                        clients.written(answer);
                        fail(Fault.of(ErrorCode.WORKER_ERROR, form.results().expected(), null));
                    } else {
                        over = true;
                        out.end(answer.parts().get(0), () -> clients.written(answer));
                    }
                });
    }

    /** Empty when the result is nothing that the endpoint could return. */
    private byte[] events(Outcome outcome) {
        if (objects) {
            return form.endOfPassed();
        }
        byte[] events = texts ? form.endOfText(outcome.value()) : form.whole(outcome.value());
        return events == null ? new byte[0] : events;
    }

    @Override
    public void lost() {
        fail(Fault.of(ErrorCode.TASK_LOST, "Task lost: Redis no longer has it", null));
    }

    @Override
    public void stopping() {
        cut(ErrorCode.UNAVAILABLE, "Service unavailable: this gateway is stopping" + follow());
    }

    /** The task has ended so. */
    private void fail(Fault fault) {
        if (!over) {
            over = true;
            if (!out.refuse(fault.answer().about(id))) {
                out.end(form.failed(fault), () -> {});
            }
        }
    }

    /** The task goes on: an error within a stream is no reason to send the request again, a status would be. */
    private void cut(ErrorCode code, String message) {
        if (!over) {
            over = true;
            out.end(form.failed(Fault.of(code, message, null)), () -> {});
        }
    }

    @Override
    public boolean hasRoom(int bytes) {
        return out.hasRoom(bytes);
    }
}
