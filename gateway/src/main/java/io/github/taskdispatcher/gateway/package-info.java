/**
 * The gateway: {@link io.github.taskdispatcher.gateway.Main} is the command line,
 * {@link io.github.taskdispatcher.gateway.Gateway} puts the parts together.
 *
 * <p>Imports point one way: {@code http} and {@code ws} use {@code dispatch}, which uses {@code store};
 * {@code store.redis} implements it, and only {@code Gateway} and {@code cli} name it.
 */
package io.github.taskdispatcher.gateway;
