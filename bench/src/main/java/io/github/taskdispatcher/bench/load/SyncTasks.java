package io.github.taskdispatcher.bench.load;

import java.nio.ByteBuffer;

/** Synchronous tasks without end; each answer must be 200 with the task's own data as its result. */
public final class SyncTasks implements Caller {

    private final EchoTask[] tasks;
    private long next;

    /**
     * @param connections of the loop it is for
     * @param path of the request
     * @param group whose workers run them, or null for the default one
     * @param dataBytes size of a task's {@code data}
     */
    public SyncTasks(int connections, String path, String group, int dataBytes) {
        tasks = new EchoTask[connections];
        for (int i = 0; i < connections; i++) {
            tasks[i] = new EchoTask(path, group, dataBytes, false);
        }
    }

    @Override
    public ByteBuffer next(int connection) {
        return tasks[connection].request(next++);
    }

    @Override
    public String answered(int connection, int status, ByteBuffer body) {
        if (status != 200) {
            return "not 200";
        }
        return tasks[connection].isEchoedBy(body) ? null : "wrong echo";
    }
}
