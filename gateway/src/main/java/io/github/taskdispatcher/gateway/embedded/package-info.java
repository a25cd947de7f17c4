/**
 * A Redis for a machine that has none: {@code ./dispatcher start} without {@code REDIS_URL} runs it beside the gateway.
 *
 * <p>{@link io.github.taskdispatcher.gateway.embedded.RedisBinary} finds the program: {@code redis-server} of the PATH if it
 * is 6.2 or later, otherwise the binary in {@code task-dispatcher-redis.jar}. The build takes the binaries of that file from the library
 * {@code org.signal:embedded-redis}; nothing uses the classes of that library. {@link io.github.taskdispatcher.gateway.embedded.LocalRedis} starts the program,
 * joins one that already runs on the same directory, starts it again after a crash, and ends it.
 *
 * <p>Promises: the data survive {@code kill -9} of the gateway and of Redis (append-only file, synced every second); two
 * gateways on one directory share one Redis; a machine without a binary, or an installation without that file, gets one error that
 * names the ways out.
 *
 * <p>Only the commands use this package. The gateway itself knows a Redis URL and nothing else.
 */
package io.github.taskdispatcher.gateway.embedded;
