/** The load and the workers, written for little CPU of their own: one thread each, raw sockets, requests built once.
 * Every answer is checked. */
package io.github.taskdispatcher.bench.load;
