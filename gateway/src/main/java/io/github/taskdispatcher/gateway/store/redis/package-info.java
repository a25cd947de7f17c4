/**
 * The store on Redis. Every key is made in {@link io.github.taskdispatcher.gateway.store.redis.Keys}, every change is one
 * Lua script ({@code resources/redis}, each with its contract on top), so a change is one atomic step of one slot.
 *
 * <p>The connection never repeats a command. A command whose reply was lost fails, and the caller decides whether to call again:
 * every script may run twice. If Redis does not know a script, the gateway sends its whole text, once. Hints travel by pub/sub and may
 * be lost, so each (re)subscription tells the gateway to read everything again.
 *
 * <p>{@link io.github.taskdispatcher.gateway.store.redis.ReplyDecoder} reads the replies of the scripts,
 * {@link io.github.taskdispatcher.gateway.store.redis.HintDecoder} their hints.
 *
 * <p>{@link io.github.taskdispatcher.gateway.store.redis.StartCheck} looks at Redis before anything else does. It waits while Redis
 * loads its data; any other problem ends the start with one line for the operator. After the start, a Redis that loads its data
 * counts as away: a call fails as unanswered, and its caller calls again.
 */
package io.github.taskdispatcher.gateway.store.redis;
