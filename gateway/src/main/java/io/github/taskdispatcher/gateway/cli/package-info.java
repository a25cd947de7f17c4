/** The command line: {@code start} runs a gateway until it is told to stop, {@code worker} connects
 * an example worker, {@code key} prints a new key, {@code demo} shows what several gateways do together. */
package io.github.taskdispatcher.gateway.cli;
