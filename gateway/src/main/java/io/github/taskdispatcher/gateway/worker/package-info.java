/**
 * The workers whose sockets end at this gateway. {@code Workers} greets them and sends them away, {@code WorkerRegistry} knows which
 * are here, {@code WorkerConnection} is the socket of one worker, {@code Slot} is room for one task on it, and to the store a worker
 * of its own. {@code AssignmentDelivery} brings assignments to slots.
 *
 * <p>Promises: a slot gets no assignment twice and no two at a time. What a slot says reaches Redis in the order in which it
 * happened, each call repeated until the store answers, so an answer outlives an outage of Redis. The outcome goes to the {@code
 * OutcomeListener} once the store has it.
 *
 * <p>Fails: a worker whose socket closes gives its task up, or brings the answer through another gateway within the grace time. A
 * gateway that dies takes only sockets with it.
 */
package io.github.taskdispatcher.gateway.worker;
