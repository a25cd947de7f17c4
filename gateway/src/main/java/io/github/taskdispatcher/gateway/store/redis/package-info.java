/**
 * The store on Redis. Every key is made in {@link io.github.taskdispatcher.gateway.store.redis.Keys}, every change is one
 * Lua script ({@code resources/redis}, each with its contract on top), so a change is one atomic step of one slot.
 *
 * <p>The connection never repeats a command by itself: one whose reply was lost fails, and the caller, who knows that its
 * scripts may be run again, decides. A script that Redis does not know is sent whole, once. Hints travel by pub/sub and
 * may be lost; each (re)subscription is therefore told as "read everything again".
 */
package io.github.taskdispatcher.gateway.store.redis;
