package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.task.GroupName;

/**
 * Which worker it is.
 *
 * @param id {@code W<n>-<8 hex>}, unique over all gateways and restarts: that of its first slot
 * @param holder of its key, or the address it connected from: what quotas are counted by
 */
record WorkerIdentity(String id, GroupName group, String holder) {}
