/**
 * Requests that wait for a task: held requests ({@code Waiters}, {@code HeldRequests}, {@code EndWatch}), streams of a task's
 * chunks ({@code TaskStreams}), and tasks whose client has left ({@code AbandonedTasks}).
 *
 * <p>Promises: every held request is answered, with the end of its task or with how far the task is, by the time its wait may take.
 * An outcome is told only when it is stored. A hint that does not arrive costs about two seconds.
 *
 * <p>Fails: while the store does not answer, a request whose time has passed is told that its task runs, and finds the outcome by
 * asking later.
 */
package io.github.taskdispatcher.gateway.waiting;
