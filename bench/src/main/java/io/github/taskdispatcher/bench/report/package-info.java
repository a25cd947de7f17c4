/** What was measured, and how it is printed. */
package io.github.taskdispatcher.bench.report;
