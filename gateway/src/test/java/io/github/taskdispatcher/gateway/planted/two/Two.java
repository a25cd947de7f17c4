package io.github.taskdispatcher.gateway.planted.two;

import io.github.taskdispatcher.gateway.planted.one.One;

/** Breaks the rule against cycles between packages, with {@link One}. */
public record Two(One one) {}
