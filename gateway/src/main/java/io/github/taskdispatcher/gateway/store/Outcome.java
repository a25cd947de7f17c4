package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.TaskStatus;

/**
 * How a task ended.
 *
 * @param status completed or failed
 * @param value the result (JSON), or the error text in UTF-8
 */
public record Outcome(TaskStatus status, byte[] value) {}
