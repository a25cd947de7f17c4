package io.github.taskdispatcher.gateway.store;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A command that Redis refused because its ACL does not allow the command to the gateway's user. */
public final class MissingRight {

    /** Redis 6.2 and 7 put the command in quotes; what stands behind it differs. */
    private static final Pattern COMMAND = Pattern.compile("NOPERM.*?'([^']+)'");

    private MissingRight() {}

    /**
     * What the user is not allowed, for an operator: the command in capitals, such as {@code INFO} or {@code CONFIG|GET}, or
     * {@code its keys} where the command is allowed and its keys are not. Empty when the failure is another one.
     */
    public static Optional<String> of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String text = String.valueOf(cause.getMessage());
            if (text.contains("NOPERM")) {
                Matcher command = COMMAND.matcher(text);
                return Optional.of(command.find() ? command.group(1).toUpperCase(Locale.ROOT) : "its keys");
            }
        }
        return Optional.empty();
    }
}
