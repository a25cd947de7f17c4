/** The benchmark, {@code ./dispatcher bench}; bench/README.md says what each figure means. */
package io.github.taskdispatcher.bench;
