/**
 * The WebSocket edge: one {@link io.github.taskdispatcher.gateway.ws.WorkerEndpoint} for each worker turns frames into
 * calls of {@code dispatch} and back; decides nothing about tasks.
 *
 * <p>It stands on the frames of Jetty's WebSocket, below its API and Javalin's: a message is bytes from socket to slice and
 * never a string, and any frame, a pong too, is a sign of life. Frames come on the selector that read them, so nothing here may
 * block. There
 * is no idle timeout here, because a worker may be silent while it works; {@code worker} decides which worker is dead. TCP
 * keep-alive finds links that are. Whatever a worker sends, no exception leaves this package: a bad frame is answered with
 * an {@code error} message and harms only its sender.
 */
package io.github.taskdispatcher.gateway.ws;
