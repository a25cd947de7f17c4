package io.github.taskdispatcher.gateway.it;

/** Ends what a test class started, also after a set-up that failed half-way or was skipped. */
final class Closing {

    private Closing() {}

    /**
     * Closes each part in this order; a part that fails keeps none of the others open.
     *
     * @param parts null for a part that was never started
     * @throws IllegalStateException at the end, if a part failed; it carries every failure
     */
    static void all(AutoCloseable... parts) {
        IllegalStateException failed = null;
        for (AutoCloseable part : parts) {
            if (part == null) {
                continue;
            }
            try {
                part.close();
            } catch (Exception | AssertionError e) {
                failed = failed == null ? new IllegalStateException("a part of the test could not be closed") : failed;
                failed.addSuppressed(e);
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    /** Closed by SIGKILL, which is quicker. Null for a gateway that was never started. */
    static AutoCloseable killed(GatewayProcess gateway) {
        return gateway == null ? null : gateway::kill;
    }
}
