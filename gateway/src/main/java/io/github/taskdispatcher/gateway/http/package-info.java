/**
 * The HTTP edge: parses requests, calls {@code dispatch}, writes answers; decides nothing about tasks.
 *
 * <p>{@link io.github.taskdispatcher.gateway.http.TaskHandler} has the routes of tasks, in front of Javalin: it runs on the
 * selector that read the request, and its answers are written on whichever thread has them, the store's too. So nothing in it
 * may block, and a client that reads slowly delays no other: what its socket does not take is written when it can be. A held
 * request is a future, not a thread, and {@link io.github.taskdispatcher.gateway.http.WatchfulEndPoint} tells when its
 * client leaves. {@link io.github.taskdispatcher.gateway.http.HttpApi} has the rest, behind Javalin, on
 * threads of the pool. Every error body is {@code {"error": "<text>", "code": "<word>"}} with a text of ours.
 */
package io.github.taskdispatcher.gateway.http;
