/**
 * The edge for people: the pages {@code /dashboard} and {@code /test-worker}, and the JSON and SSE API they are made from,
 * {@code /api/dashboard}. Specified in {@code openapi.yaml} of the module {@code dashboard}.
 *
 * <p>A {@link io.github.taskdispatcher.gateway.dashboard.ViewQuery} names what a page wants to see; the answer is the
 * same on every gateway, because it is read from the store. It is made at most once a second however many pages ask
 * ({@link io.github.taskdispatcher.gateway.dashboard.ViewCache}), and not at all when none does. Payloads are read when
 * they are asked for, one at a time.
 *
 * <p>No thread waits: not for the store, and not for a browser that reads slowly; such a page misses what came meanwhile.
 */
package io.github.taskdispatcher.gateway.dashboard;
