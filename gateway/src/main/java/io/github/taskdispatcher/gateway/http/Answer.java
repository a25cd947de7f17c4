package io.github.taskdispatcher.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.dispatch.Submission;
import io.github.taskdispatcher.gateway.store.Failure;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.RawJson;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * A status and a JSON body; all the answers of the guide's routes are made here.
 *
 * @param parts of the body, one after the other, so that a large value is not copied
 * @param retryAfterSeconds when to ask again, 0 when that would not help
 * @param task the one it is about, or null
 * @param reserved bytes of the answers' budget to give back when it is written
 */
public record Answer(int status, List<byte[]> parts, int retryAfterSeconds, TaskId task, long reserved) {

    /** Where a task is read. */
    public static final String TASK_PATH = "/api/task/";

    static final String NOT_FOUND = "Task not found or expired";
    static final String UNAVAILABLE = "Service unavailable: Redis does not answer, try again";

    private static final byte[] END = {'}'};

    public Answer(int status, byte[] body) {
        this(status, List.of(body), 0, null, 0);
    }

    public Answer(int status, List<byte[]> parts) {
        this(status, parts, 0, null, 0);
    }

    public static Answer error(ErrorCode code, String text) {
        return error(new BadRequest(code, text));
    }

    /** The answer to a request that cannot be used. */
    public static Answer error(BadRequest bad) {
        String text = bad.getMessage();
        byte[] body = new JsonText(64 + text.length())
                .member("error", text)
                .member("code", bad.code().word())
                .end();
        return new Answer(bad.code().status(), List.of(body), bad.retryAfterSeconds(), null, 0);
    }

    public static Answer unavailable() {
        return error(ErrorCode.UNAVAILABLE, UNAVAILABLE);
    }

    public static Answer notFound() {
        return error(ErrorCode.NOT_FOUND, NOT_FOUND);
    }

    /** Gives each of its headers to this function. */
    public void headers(BiConsumer<String, String> set) {
        set.accept("Content-Type", "application/json");
        if (retryAfterSeconds > 0) {
            set.accept("Retry-After", Integer.toString(retryAfterSeconds));
        }
        if (task != null) {
            set.accept("X-Task-Id", task.text());
            set.accept("Cache-Control", "no-store");
            if (status >= 400) {
                // The official SDKs send a request again after most errors: one more task each time.
                set.accept("x-should-retry", "false");
            }
        }
        if (status == ErrorCode.UNAUTHORIZED.status()) {
            set.accept("WWW-Authenticate", "Bearer");
        }
        if (status == ErrorCode.TOO_LARGE.status() || status == ErrorCode.REQUEST_TIMEOUT.status()) {
            // The rest of the body is not waited for.
            set.accept("Connection", "close");
        }
    }

    /** The same, which gives back so much when it is written. */
    public Answer reserving(long bytes) {
        return new Answer(status, parts, retryAfterSeconds, task, bytes);
    }

    /** The same with another status. */
    public Answer withStatus(int other) {
        return new Answer(other, parts, retryAfterSeconds, task, reserved);
    }

    /** The same, said to be about this task. */
    public Answer about(TaskId id) {
        return new Answer(status, parts, retryAfterSeconds, id, reserved);
    }

    /** Of the body, in bytes. */
    public int length() {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        return length;
    }

    /** The answer to {@code POST /api/openai} when the task has not ended; {@code async} as the client asked. */
    public static Answer to(Submission submission, boolean async) {
        if (submission instanceof Submission.Accepted accepted) {
            byte[] body = new JsonText(96)
                    .member("taskId", accepted.id().text())
                    .member("status", accepted.status().word())
                    .end();
            // A held request that the stopping gateway cannot hold on to: the task goes on, ask for it by its id.
            return new Answer(async ? 200 : 202, body).about(accepted.id());
        }
        return error(refusal(submission));
    }

    /** Why a task was not accepted. */
    public static BadRequest refusal(Submission submission) {
        if (submission instanceof Submission.NoWorker) {
            return new BadRequest(ErrorCode.NO_WORKER, "No worker available");
        }
        if (submission instanceof Submission.QueueFull) {
            return new BadRequest(ErrorCode.QUEUE_FULL, "Queue is full");
        }
        if (submission instanceof Submission.NotInTime late) {
            // The official SDKs wait for so long at most.
            int seconds = (int) Math.max(1, Math.min(60, (late.lateByMs() + 999) / 1000));
            return new BadRequest(
                    ErrorCode.NOT_IN_TIME,
                    "Not in time: the tasks that wait leave no worker free for this one before its timeout ends;"
                            + " try again in " + seconds + " s, or with a longer timeout",
                    seconds);
        }
        if (submission instanceof Submission.Mismatch) {
            return new BadRequest(
                    ErrorCode.IDEMPOTENCY_MISMATCH,
                    "Idempotency-Key: this key came with another request before, use a new one");
        }
        if (submission instanceof Submission.Overloaded) {
            return new BadRequest(
                    ErrorCode.OVERLOADED, "Overloaded: this gateway holds as many requests as it may, try again");
        }
        if (submission instanceof Submission.Stopping) {
            return new BadRequest(ErrorCode.UNAVAILABLE, "Service unavailable: this gateway is stopping, try another");
        }
        return new BadRequest(ErrorCode.UNAVAILABLE, UNAVAILABLE);
    }

    /** The answer to {@code POST /api/openai} when the task has ended, its value at hand. */
    static Answer toEnded(TaskId id, Outcome outcome) {
        if (outcome.status() == TaskStatus.COMPLETED) {
            JsonText json = new JsonText(96)
                    .member("taskId", id.text())
                    .member("status", outcome.status().word());
            return new Answer(200, List.of(open(json, "result"), outcome.value(), END), 0, id, 0);
        }
        ErrorCode code = ErrorCode.of(outcome.endedBy());
        byte[] body = new JsonText(160 + outcome.value().length)
                .member("error", Failure.of(outcome.value()).text())
                .member("code", code.word())
                .member("taskId", id.text())
                .member("status", outcome.status().word())
                .end();
        return new Answer(code.status(), body).about(id);
    }

    /** The answer to {@code GET /api/task/{taskId}}; an ended task's outcome has its value at hand. */
    static Answer to(TaskId id, TaskView view, Outcome outcome) {
        JsonText json = new JsonText(192)
                .member("taskId", id.text())
                .member("status", view.status().word());
        Answer answer =
                switch (view.status()) {
                    case QUEUED ->
                        new Answer(
                                200,
                                json.member("enqueuedAt", view.enqueuedAt())
                                        .member("position", view.position())
                                        .end());
                    case EXECUTING -> new Answer(200, executing(json, view));
                    case COMPLETED -> {
                        byte[] tail = (",\"completedAt\":" + view.endedAt() + "}").getBytes(UTF_8);
                        yield new Answer(200, List.of(open(json, "result"), outcome.value(), tail));
                    }
                    case FAILED ->
                        new Answer(
                                200,
                                json.member("error", Failure.of(outcome.value()).text())
                                        .member("failedAt", view.endedAt())
                                        .end());
                    case CANCELLED ->
                        new Answer(
                                200, json.member("cancelledAt", view.endedAt()).end());
                };
        return answer.about(id);
    }

    /** How far an ended task is, without what came of it. */
    static Answer ended(TaskId id, TaskView view) {
        byte[] body = new JsonText(96)
                .member("taskId", id.text())
                .member("status", view.status().word())
                .end();
        return new Answer(200, body).about(id);
    }

    private static byte[] executing(JsonText json, TaskView view) {
        json.member("workerId", view.workerId()).member("startedAt", view.startedAt());
        if (view.progress() != null && view.progress().share() != null) {
            json.member("progress", RawJson.of(view.progress().share().toString()));
        }
        if (view.progress() != null && view.progress().message() != null) {
            json.member("progressMessage", view.progress().message());
        }
        return json.end();
    }

    /** The answer to a request to cancel, with the task as it is then. */
    public static Answer toCancelled(TaskId id, TaskView view) {
        if (view.status() == TaskStatus.CANCELLED) {
            return to(id, view, view.outcome());
        }
        byte[] body = new JsonText(160)
                .member("error", "Not cancellable: the task has ended")
                .member("code", ErrorCode.NOT_CANCELLABLE.word())
                .member("taskId", id.text())
                .member("status", view.status().word())
                .end();
        return new Answer(ErrorCode.NOT_CANCELLABLE.status(), body).about(id);
    }

    /** The object so far, up to the value of one more member. */
    private static byte[] open(JsonText json, String member) {
        byte[] closed = json.end();
        byte[] name = (",\"" + member + "\":").getBytes(UTF_8);
        byte[] open = Arrays.copyOf(closed, closed.length - 1 + name.length);
        System.arraycopy(name, 0, open, closed.length - 1, name.length);
        return open;
    }
}
