/**
 * The OpenAI face: {@code /v1} as the official SDKs speak it, an edge beside {@code http}. A request becomes a task like any
 * other, and a worker's result the object its endpoint returns; which that is stands in {@code docs/openai.md}.
 *
 * <p>{@link io.github.taskdispatcher.gateway.openai.OpenAiHandler} has the routes, below the servlets as {@code TaskHandler} is,
 * and under the same rule: nothing blocks. Every error is {@code {"error": {"message", "type", "code", "param"}}}.
 */
package io.github.taskdispatcher.gateway.openai;
