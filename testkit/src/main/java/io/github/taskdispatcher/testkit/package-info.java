/**
 * What breaks links and processes, and what checks the promises afterwards: for the tests and for {@code ./dispatcher chaos}. It
 * is in no release.
 *
 * <p>{@link io.github.taskdispatcher.testkit.FaultProxy} breaks a TCP link, {@link io.github.taskdispatcher.testkit.Freezer} a
 * process, {@link io.github.taskdispatcher.testkit.RedisProcess} a Redis. {@link io.github.taskdispatcher.testkit.ChaosWorker}
 * and {@link io.github.taskdispatcher.testkit.ChaosClients} do what a worker and a client do meanwhile, and write into the
 * {@link io.github.taskdispatcher.testkit.Ledger} what they are told. {@link io.github.taskdispatcher.testkit.Audit} compares
 * that with the gateways and with Redis.
 *
 * <p>A promise that was broken becomes a violation in the ledger and never an exception. This package knows the words of the wire
 * and nothing of the gateway.
 */
package io.github.taskdispatcher.testkit;
