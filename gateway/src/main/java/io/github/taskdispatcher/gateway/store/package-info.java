/**
 * What the gateways share, as the rest of the gateway sees it: {@link io.github.taskdispatcher.gateway.store.TaskStore}
 * and the words of its replies. Knows no Redis; {@code store.redis} is the one implementation.
 *
 * <p>Every call is one atomic step over all gateways. Every call may be repeated with the same arguments: the second run
 * changes nothing more and says the same. A future that fails with
 * {@link io.github.taskdispatcher.gateway.store.StoreException} leaves open whether the step was made, unless the
 * exception says it was not.
 */
package io.github.taskdispatcher.gateway.store;
