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

    static Answer error(int status, String text) {
        return new Answer(
                status, new JsonText(32 + text.length()).member("error", text).end(), 0);
    }

    private static Answer tryAgain(String text, int seconds) {
        Answer error = error(503, text);
        return new Answer(error.status, error.body, seconds);
    }

    static Answer unavailable() {
        return tryAgain(UNAVAILABLE, 1);
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
            return tryAgain("No worker available", 5);
        }
        if (submission instanceof Submission.QueueFull) {
            return tryAgain("Queue is full", 2);
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
        byte[] body = new JsonText(128 + outcome.value().length)
                .member("error", new String(outcome.value(), UTF_8))
                .member("taskId", id.text())
                .member("status", outcome.status().word())
                .end();
        return new Answer(500, body, 0);
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
