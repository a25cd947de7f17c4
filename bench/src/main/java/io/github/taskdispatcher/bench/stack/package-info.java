/** Starts what is measured as processes, Redis among them, and reads what they use. */
package io.github.taskdispatcher.bench.stack;
