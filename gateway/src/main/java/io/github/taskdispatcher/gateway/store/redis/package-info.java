/**
 * The store on Redis. Every key is made in {@link io.github.taskdispatcher.gateway.store.redis.Keys}, every change is one
 * Lua script ({@code resources/redis}, each with its contract on top), so a change is one atomic step of one slot.
 *
 * <p>The connection never repeats a command by itself: one whose reply was lost fails, and the caller, who knows that its
 * scripts may be run again, decides. A script that Redis does not know is sent whole, once. Hints travel by pub/sub and
 * may be lost; each (re)subscription is therefore told as "read everything again".
 *
 * <p>{@link io.github.taskdispatcher.gateway.store.redis.StartCheck} looks at Redis before anything else does. It waits while Redis
 * loads its data; every other trouble ends the start with one line for the operator. Later a Redis that loads its data counts as
 * away: a call fails as unanswered, and its caller makes it again.
 */
package io.github.taskdispatcher.gateway.store.redis;
