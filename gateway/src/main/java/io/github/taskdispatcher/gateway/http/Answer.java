package io.github.taskdispatcher.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.dispatch.Submission;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.RawJson;

/**
 * A status and a JSON body; all the answers of the guide's routes are made here.
 *
 * @param retryAfterSeconds when to ask again, 0 when that would not help
 */
record Answer(int status, byte[] body, int retryAfterSeconds) {

    static final String NOT_FOUND = "Task not found or expired";
    static final String UNAVAILABLE = "Service unavailable: Redis does not answer, try again";

    static Answer error(ErrorCode code, String text) {
        byte[] body = new JsonText(64 + text.length())
                .member("error", text)
                .member("code", code.word())
                .end();
        return new Answer(code.status(), body, code.retryAfterSeconds());
    }

    static Answer unavailable() {
        return error(ErrorCode.UNAVAILABLE, UNAVAILABLE);
    }

    /** The answer to {@code POST /api/openai}; {@code async} as the client asked. */
    static Answer to(Submission submission, boolean async) {
        if (submission instanceof Submission.Ended ended) {
            return ended(ended.id(), ended.outcome());
        }
        if (submission instanceof Submission.Accepted accepted) {
            byte[] body = new JsonText(96)
                    .member("taskId", accepted.id().text())
                    .member("status", accepted.status().word())
                    .end();
            // A held request that the stopping gateway cannot hold on to: the task goes on, ask for it by its id.
            return new Answer(async ? 200 : 202, body, 0);
        }
        if (submission instanceof Submission.NoWorker) {
            return error(ErrorCode.NO_WORKER, "No worker available");
        }
        if (submission instanceof Submission.QueueFull) {
            return error(ErrorCode.QUEUE_FULL, "Queue is full");
        }
        return unavailable();
    }

    private static Answer ended(TaskId id, Outcome outcome) {
        if (outcome.status() == TaskStatus.COMPLETED) {
            byte[] body = new JsonText(96 + outcome.value().length)
                    .member("taskId", id.text())
                    .member("status", outcome.status().word())
                    .member("result", RawJson.of(outcome.value()))
                    .end();
            return new Answer(200, body, 0);
        }
        ErrorCode code = ErrorCode.of(outcome.endedBy());
        byte[] body = new JsonText(160 + outcome.value().length)
                .member("error", new String(outcome.value(), UTF_8))
                .member("code", code.word())
                .member("taskId", id.text())
                .member("status", outcome.status().word())
                .end();
        return new Answer(code.status(), body, 0);
    }

    /** The answer to {@code GET /api/task/{taskId}}. */
    static Answer to(TaskId id, TaskView view) {
        int size = 192 + (view.value() == null ? 0 : view.value().length);
        JsonText json = new JsonText(size)
                .member("taskId", id.text())
                .member("status", view.status().word());
        switch (view.status()) {
            case QUEUED -> json.member("enqueuedAt", view.enqueuedAt()).member("position", view.position());
            case EXECUTING -> json.member("workerId", view.workerId()).member("startedAt", view.startedAt());
            case COMPLETED -> json.member("result", RawJson.of(view.value())).member("completedAt", view.endedAt());
            case FAILED -> json.member("error", new String(view.value(), UTF_8)).member("failedAt", view.endedAt());
        }
        return new Answer(200, json.end(), 0);
    }
}
