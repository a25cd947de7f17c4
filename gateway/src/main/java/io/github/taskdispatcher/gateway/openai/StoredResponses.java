package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.dispatch.Submission;
import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The response objects of tasks that were submitted before: read and cancelled by their ids, through any gateway. */
final class StoredResponses {

    private final Dispatcher dispatcher;
    private final ResultReader values;

    StoredResponses(Dispatcher dispatcher, ResultReader values) {
        this.dispatcher = dispatcher;
        this.values = values;
    }

    /** The object of a background response that has just been accepted. */
    CompletableFuture<Answer> begun(Submission.Accepted accepted, TaskMetadata note) {
        return response(accepted.id(), note, accepted.status(), accepted.acceptedAt(), null);
    }

    /** The response of this id. */
    CompletableFuture<Answer> read(String name, TaskAccess tasks) {
        Optional<TaskId> id = ResponseMapper.taskId(name);
        return id.isEmpty()
                ? completed(noResponse(name))
                : dispatcher.look(id.get(), tasks).thenCompose(view -> response(id.get(), view));
    }

    private CompletableFuture<Answer> response(TaskId id, Optional<TaskView> view) {
        Optional<TaskMetadata> note = noteOf(view);
        if (note.isEmpty()) {
            return completed(noResponse(ResponseMapper.responseId(id)));
        }
        TaskView task = view.orElseThrow();
        return response(id, note.get(), task.status(), task.enqueuedAt(), task.outcome());
    }

    private static Optional<TaskMetadata> noteOf(Optional<TaskView> view) {
        return view.flatMap(task -> TaskMetadata.of(task.note())).filter(TaskMetadata::isResponse);
    }

    /** Only a response is cancelled here; one that has ended stays as it is. */
    CompletableFuture<Answer> cancel(String name, TaskAccess tasks) {
        Optional<TaskId> id = ResponseMapper.taskId(name);
        return id.isEmpty()
                ? completed(noResponse(name))
                : dispatcher
                        .look(id.get(), tasks)
                        .thenCompose(view -> noteOf(view).isPresent()
                                ? dispatcher
                                        .cancel(id.get(), tasks)
                                        .thenCompose(cancelled -> response(id.get(), cancelled))
                                : completed(noResponse(name)));
    }

    private static Answer noResponse(String name) {
        return OpenAiErrors.of(
                ErrorCode.NOT_FOUND, "Response with id '" + name + "' not found, or expired", "response_id");
    }

    /**
     * Of a task that the caller may have.
     *
     * @param createdAt in ms since 1970
     * @param outcome of an ended one, null when it was not read
     */
    private CompletableFuture<Answer> response(
            TaskId id, TaskMetadata note, TaskStatus status, long createdAt, Outcome outcome) {
        ResponseMapper results = new ResponseMapper(
                Endpoint.RESPONSES, id, note.model(), createdAt / 1_000, Embeddings.Encoding.AS_SAID, note.echo());
        if (outcome == null && status.ended()) {
            return read(ResponseMapper.responseId(id), TaskAccess.ALL);
        }
        if (outcome != null) {
            return values.read(id, outcome, read -> endedResponse(id, read, results));
        }
        String word = status == TaskStatus.QUEUED ? "queued" : "in_progress";
        return completed(new Answer(200, results.response(word, null, null)).about(id));
    }

    private static Answer endedResponse(TaskId id, Outcome outcome, ResponseMapper results) {
        if (outcome.status() == TaskStatus.COMPLETED) {
            return new Answer(200, results.of(outcome.value())).about(id);
        }
        if (outcome.status() == TaskStatus.CANCELLED) {
            return new Answer(200, results.response("cancelled", null, null)).about(id);
        }
        byte[] error = OpenAiErrors.Fault.of(outcome).ofResponse();
        return new Answer(200, results.response("failed", null, error)).about(id);
    }

    private static CompletableFuture<Answer> completed(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
