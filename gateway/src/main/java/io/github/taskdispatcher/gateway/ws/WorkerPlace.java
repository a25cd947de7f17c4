package io.github.taskdispatcher.gateway.ws;

import io.github.taskdispatcher.gateway.worker.WorkerSocket;
import io.github.taskdispatcher.task.GroupName;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where a worker is let in.
 *
 * @param holder of the worker's key, or its address
 * @param taking takes a place for the worker's socket: what gives the place back, or empty when there is none
 */
record WorkerPlace(GroupName group, String holder, Function<WorkerSocket, Optional<Runnable>> taking) {}
