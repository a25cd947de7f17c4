/** Bounds on what all peers together may take of this process: memory, by {@link io.github.taskdispatcher.gateway.limits.ByteBudget}; messages, by {@link io.github.taskdispatcher.gateway.limits.RateLimit}; threads, by {@link io.github.taskdispatcher.gateway.limits.BoundedExecutor}. */
package io.github.taskdispatcher.gateway.limits;
