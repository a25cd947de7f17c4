package io.github.taskdispatcher.gateway.worker;

/**
 * What every worker is greeted with.
 *
 * @param nonce eight hex digits no gateway had before; they stand in the ids of the workers
 * @param readyAfterMs when a worker that said nothing since it connected counts as ready
 */
public record WorkerGreeting(String nonce, long readyAfterMs) {}
