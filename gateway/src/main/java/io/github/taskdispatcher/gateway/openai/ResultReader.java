package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ClientRequests;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.TaskId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Makes answers of results, large ones on a thread of their own. */
final class ResultReader {

    private final ClientRequests clients;
    private final Executor heavy;

    /** @param heavy for parsing large results: may use a part of the cores only */
    ResultReader(ClientRequests clients, Executor heavy) {
        this.clients = clients;
        this.heavy = heavy;
    }

    /** An error that says what cannot be made of the result is about the task: the request need not be sent again. */
    CompletableFuture<Answer> read(TaskId id, Outcome outcome, Function<Outcome, Answer> form) {
        return clients.withValue(id, outcome, heavy, form).exceptionallyCompose(failure -> BadRequest.in(failure)
                .filter(bad -> bad.code() == ErrorCode.INTERNAL)
                .map(bad ->
                        CompletableFuture.completedFuture(OpenAiErrors.of(bad).about(id)))
                .orElseGet(() -> CompletableFuture.failedFuture(failure)));
    }
}
