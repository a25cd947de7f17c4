package io.github.taskdispatcher.gateway.planted.one;

import io.github.taskdispatcher.gateway.planted.two.Two;

/** Breaks the rule against cycles between packages, with {@link Two}. */
public final class One {

    public Two two() {
        return new Two(this);
    }
}
