/**
 * What clients may ask of tasks: submit, read, wait, follow, cancel. {@code Dispatcher} is the door, {@code Submitter} brings tasks to
 * the store, {@code Admission} decides whether this gateway holds one more request, {@code Models} says in which group a model runs.
 *
 * <p>Promises: a task is submitted once, whatever is lost on the way and however many requests bring its key. A client learns of a task
 * when any gateway can find it. Nothing here is needed by another gateway: what matters is in the store.
 *
 * <p>Fails: a submit is given up after two seconds, and the time that its payload takes. What it may have stored is taken back then.
 */
package io.github.taskdispatcher.gateway.dispatch;
