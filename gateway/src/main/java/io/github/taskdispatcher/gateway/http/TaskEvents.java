package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Progress;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.waiting.StreamListener;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.RawJson;
import java.util.List;
import java.util.Objects;

/**
 * A task as server-sent events: {@code status}, {@code chunk}, {@code progress}, {@code gap}, and at last how it ended. The id of
 * each is the number of the last chunk before it, so that a client that sends it back goes on there.
 */
final class TaskEvents implements StreamListener {

    /** The id of the last event; behind it is nothing. */
    static final String END = "end";

    private final TaskId id;
    private final ClientRequests clients;
    private final EventWriter out;
    private volatile TaskView told;
    private volatile long known;

    /** @param after number of the last chunk the client knows */
    TaskEvents(TaskId id, ClientRequests clients, EventWriter out, long after) {
        this.id = id;
        this.clients = clients;
        this.out = out;
        known = after;
        out.saying(() -> EventWriter.howFar(told), this::cut);
    }

    private byte[] cut() {
        byte[] error =
                Answer.error(ErrorCode.STREAM_CUT, EventWriter.SLOW).parts().get(0);
        return EventText.event("error", Long.toString(known), List.of(error));
    }

    @Override
    public void status(TaskView view) {
        TaskView before = told;
        told = view;
        Progress progress = view.progress();
        boolean further = progress != null && (before == null || !progress.equals(before.progress()));
        if (before == null
                || before.status() != view.status()
                || before.position() != view.position()
                || !Objects.equals(before.workerId(), view.workerId())) {
            Answer status = view.status().ended() ? Answer.ended(id, view) : Answer.to(id, view, null);
            send("status", status.parts());
        }
        if (further) {
            JsonText json = new JsonText(64);
            if (progress.share() != null) {
                json.member("progress", RawJson.of(progress.share().toString()));
            }
            if (progress.message() != null) {
                json.member("message", progress.message());
            }
            send("progress", List.of(json.end()));
        }
    }

    @Override
    public void chunk(long number, byte[] json) {
        known = number;
        send(
                "chunk",
                List.of(new JsonText(16 + json.length)
                        .member("chunk", RawJson.of(json))
                        .end()));
    }

    @Override
    public void gap(long from, long to) {
        known = to;
        send(
                "gap",
                List.of(new JsonText(48).member("from", from).member("to", to).end()));
    }

    @Override
    public void ended(TaskView view) {
        clients.withValue(id, view.outcome(), Runnable::run, outcome -> ended(view, outcome))
                .whenComplete((answer, failure) -> {
                    if (failure != null || answer.status() != 200) {
                        // The client asks again, from where it is.
                        out.end(new byte[0], () -> {});
                        if (answer != null) {
                            clients.written(answer);
                        }
                        return;
                    }
                    out.end(answer.parts().get(0), () -> clients.written(answer));
                });
    }

    private Answer ended(TaskView view, Outcome outcome) {
        byte[] event = EventText.event(
                view.status().word(), END, Answer.to(id, view, outcome).parts());
        return new Answer(200, event);
    }

    @Override
    public void lost() {
        byte[] error = Answer.error(ErrorCode.TASK_LOST, "Task lost: Redis no longer has it")
                .parts()
                .get(0);
        out.end(EventText.event(TaskStatus.FAILED.word(), END, List.of(error)), () -> {});
    }

    @Override
    public void stopping() {
        out.end(new byte[0], () -> {});
    }

    @Override
    public boolean hasRoom(int bytes) {
        return out.hasRoom(bytes);
    }

    private void send(String name, List<byte[]> json) {
        out.send(EventText.event(name, Long.toString(known), json));
    }
}
