/**
 * The names of groups: which groups have tasks, which groups the workers here are in, and in which group a task is.
 *
 * <p>Promises: a task that a client was told of is found by any gateway from its id alone, also after Redis lost its notes. What a
 * gateway remembers only saves calls.
 *
 * <p>Fails: where the store does not answer, a note is repeated for ten minutes at most.
 */
package io.github.taskdispatcher.gateway.groups;
