/**
 * {@code ./dispatcher chaos} in a clone of the repository: gateways, workers, a Redis and the links between them, in real processes and sockets, broken at
 * random while tasks run; at the end a ledger says whether a promise was. The seed that is printed brings the same faults in
 * the same order again, though not the same timing.
 */
package io.github.taskdispatcher.chaos;
