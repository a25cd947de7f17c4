package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.stack.Stack;
import io.github.taskdispatcher.gateway.config.Setting;
import java.io.IOException;
import java.util.Map;

/** A gateway whose limits are above all that is tried here, with keys of its own. */
public final class RoomyGateway {

    static final String PREFIX = "roomy:";

    private RoomyGateway() {}

    /** Starts it; results go soon, as large ones would fill Redis. */
    public static Stack.Gateway start(Stack stack) throws IOException, InterruptedException {
        return stack.addGateway(Map.of(
                Setting.REDIS_KEY_PREFIX,
                PREFIX,
                Setting.TASK_RESULT_TTL_MS,
                "5000",
                Setting.MIN_TASK_TIMEOUT_MS,
                "1000",
                Setting.MAX_QUEUE_LENGTH,
                "1000000",
                Setting.MAX_QUEUE_BYTES,
                "10000000000",
                Setting.MAX_WORKERS,
                "100000",
                Setting.MAX_WORKERS_PER_KEY,
                "100000"));
    }
}
