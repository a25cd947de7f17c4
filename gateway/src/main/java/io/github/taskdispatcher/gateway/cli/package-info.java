/** The command line: {@code start} runs a gateway until it is told to stop, {@code demo} shows what several do together. */
package io.github.taskdispatcher.gateway.cli;
