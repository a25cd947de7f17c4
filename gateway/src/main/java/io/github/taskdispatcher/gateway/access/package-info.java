/**
 * What the holder of a key may do: {@link io.github.taskdispatcher.gateway.access.Access} answers for a presented key, a ticket or an
 * {@code Origin}. Knows nothing of HTTP or WebSocket; both edges ask it.
 */
package io.github.taskdispatcher.gateway.access;
