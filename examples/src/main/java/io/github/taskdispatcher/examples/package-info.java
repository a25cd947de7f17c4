/** Workers in Java to copy from, on the messages of {@code io.github.taskdispatcher.wire} and the JDK's WebSocket. */
package io.github.taskdispatcher.examples;
