package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.task.GroupName;

/**
 * Names a slot in the store, where each slot is a worker of its own.
 *
 * @param id unique over all gateways and restarts; see {@link WorkerConnection#id}
 */
record SlotKey(GroupName group, String id) {}
