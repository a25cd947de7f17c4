/**
 * What every room needs to work in the background: the time of this process ({@code Scheduler}), work that repeats ({@code
 * BackgroundService}), calls to the store that are repeated until the store answers ({@code Retry}, {@code CallsInOrder}), and how
 * far the gateway is on its way to its end ({@code Lifecycle}).
 *
 * <p>Promises: rounds of a service never overlap, and {@code stop()} completes when the last round has ended. A repeated call is
 * made again after at most a second, and no longer once the gateway has stopped.
 *
 * <p>Fails: a round that fails is logged, and the next round comes. A call that is given up fails with its last failure.
 */
package io.github.taskdispatcher.gateway.background;
