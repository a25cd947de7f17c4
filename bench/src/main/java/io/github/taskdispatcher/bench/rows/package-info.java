/** What is measured: each row of the table. */
package io.github.taskdispatcher.bench.rows;
