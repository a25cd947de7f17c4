/**
 * What the tests of all modules use: programs of the machine, and the list of what did not run.
 *
 * <p>The tests need a JDK and Maven. A test that starts another program asks for it with {@link
 * io.github.taskdispatcher.testing.Tool#require()}: if the program is missing, the test is skipped, and with {@code CI=true}
 * it fails. {@link io.github.taskdispatcher.testing.SkippedTests} notes each skipped test, and the build ends with the list
 * that {@link io.github.taskdispatcher.testing.NotRun} prints.
 */
package io.github.taskdispatcher.testing;
