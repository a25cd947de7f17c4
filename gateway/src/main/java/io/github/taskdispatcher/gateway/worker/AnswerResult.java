package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.store.Replies.Completed;

/** What became of a worker's answer. */
enum AnswerResult {
    /** It is the task's outcome. */
    RECORDED,
    /** It was before. */
    REPEATED,
    /** The task was the worker's, and has ended without this answer. */
    LATE,
    /** The task is not, or no longer, the worker's. */
    FOREIGN,
    /** Said again by one that is not to be told, or after it left. */
    IGNORED;

    /** @param recorded what to call one that is the outcome */
    static AnswerResult of(Completed.Outcome word, AnswerResult recorded) {
        return word == Completed.Outcome.RECORDED || word == Completed.Outcome.REPLAYED ? recorded : LATE;
    }
}
