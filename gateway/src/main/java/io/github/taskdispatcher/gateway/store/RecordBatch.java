package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a gateway has to note down at one go. Filled by one thread, then written. */
public final class RecordBatch {

    /**
     * What is kept of a task beside what the task keeps itself, as long as the task is readable.
     *
     * @param request the whole request, null when this is not about it or it is too large to be kept
     * @param acceptedBy the gateway that accepted it, null when this is not about it
     * @param deliveredAt when it was written to the worker's socket, Redis ms; 0 when this is not about it
     */
    public record About(GroupName group, TaskId id, byte[] request, String acceptedBy, long deliveredAt) {}

    /** What happened in one group, or in all of them together. */
    public static final class Counts {
        public long accepted;
        public long completed;
        public long failed;
        public long cancelled;
        public final long[] waits = new long[TimeBuckets.COUNT];
        public final long[] runs = new long[TimeBuckets.COUNT];

        /** Counts the times of a task that ended; what is negative is not known. */
        public void times(long waitMs, long runMs) {
            if (waitMs >= 0) {
                waits[TimeBuckets.of(waitMs)]++;
            }
            if (runMs >= 0) {
                runs[TimeBuckets.of(runMs)]++;
            }
        }
    }

    public final List<LogEntry> log = new ArrayList<>();
    public final List<About> abouts = new ArrayList<>();
    /** Accepted tasks with their deadlines in Redis ms. */
    public final Map<GroupName, Map<TaskId, Long>> open = new HashMap<>();
    /** Tasks that are known to have ended, with their ends in Redis ms. */
    public final Map<GroupName, Map<TaskId, TaskFacts>> ended = new HashMap<>();

    /** Tasks that have ended and are not listed. */
    public final Map<GroupName, List<TaskId>> closed = new HashMap<>();

    public final Map<GroupName, Counts> counts = new HashMap<>();
    /** How many tasks each worker has answered. */
    public final Map<GroupName, Map<String, Long>> done = new HashMap<>();

    public final Map<GroupName, List<String>> leftWorkers = new HashMap<>();

    /** The counts of a group. */
    public Counts counts(GroupName group) {
        return counts.computeIfAbsent(group, key -> new Counts());
    }

    public void open(GroupName group, TaskId id, long deadline) {
        open.computeIfAbsent(group, key -> new LinkedHashMap<>()).put(id, deadline);
    }

    /** The task ended, whatever more is to be known of it. One that was accepted in this batch was never open. */
    public void closed(GroupName group, TaskId id) {
        if (!forget(group, id)) {
            closed.computeIfAbsent(group, key -> new ArrayList<>()).add(id);
        }
    }

    private boolean forget(GroupName group, TaskId id) {
        Map<TaskId, Long> accepted = open.get(group);
        return accepted != null && accepted.remove(id) != null;
    }

    /** The task ended: it is open no more, and listed. */
    public void ended(TaskFacts task) {
        forget(task.group(), task.id());
        ended.computeIfAbsent(task.group(), key -> new LinkedHashMap<>()).put(task.id(), task);
    }

    public void answered(GroupName group, String worker) {
        done.computeIfAbsent(group, key -> new HashMap<>()).merge(worker, 1L, Long::sum);
    }

    public void left(GroupName group, String worker) {
        leftWorkers.computeIfAbsent(group, key -> new ArrayList<>()).add(worker);
    }

    public boolean isEmpty() {
        return log.isEmpty()
                && abouts.isEmpty()
                && open.isEmpty()
                && ended.isEmpty()
                && closed.isEmpty()
                && counts.isEmpty()
                && leftWorkers.isEmpty();
    }
}
