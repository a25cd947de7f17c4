package io.github.taskdispatcher.gateway.config;

import java.util.List;

/** Settings that cannot be used. The message names every one of them and what it should be. */
public final class InvalidSettingsException extends Exception {

    private static final long serialVersionUID = 1L;

    InvalidSettingsException(List<String> problems) {
        super("Wrong configuration:\n  - " + String.join("\n  - ", problems));
    }
}
