/**
 * The HTTP edge: parses requests, calls {@code dispatch}, writes answers; decides nothing about tasks.
 *
 * <p>A held request is a future, not a thread. Its answer is written on a thread of the HTTP server, never on one of the
 * store's: a client that reads slowly must hold up nobody else. Every error body on these routes is
 * {@code {"error": "<text>"}} with a text of ours.
 */
package io.github.taskdispatcher.gateway.http;
