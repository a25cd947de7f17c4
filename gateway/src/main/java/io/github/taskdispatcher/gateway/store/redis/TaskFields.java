package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import io.github.taskdispatcher.gateway.store.Failure;
import io.github.taskdispatcher.gateway.store.Progress;
import io.github.taskdispatcher.gateway.store.TaskFacts;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Reads chosen fields of many tasks at once, never a payload or a result. */
final class TaskFields {

    private static final Object[] FIELDS = {
        "status",
        "enqueuedAt",
        "deadline",
        "startedAt",
        "endedAt",
        "endedBy",
        "worker",
        "token",
        "error",
        "progress",
        "progressMessage"
    };

    private final RedisSide side;
    private final Keys keys;

    TaskFields(RedisSide side, Keys keys) {
        this.side = side;
        this.keys = keys;
    }

    /** The tasks that are there, in the order asked for. */
    CompletableFuture<List<TaskFacts>> read(List<Map.Entry<GroupName, TaskId>> ids) {
        RedisSide.Pipeline pipeline = side.pipeline();
        List<CompletableFuture<List<byte[]>>> replies = new ArrayList<>(ids.size());
        for (Map.Entry<GroupName, TaskId> id : ids) {
            replies.add(pipeline.values(CommandType.HMGET, keys.task(id.getKey(), id.getValue()), FIELDS));
        }
        return pipeline.run(() -> {
            List<TaskFacts> found = new ArrayList<>(ids.size());
            for (int i = 0; i < ids.size(); i++) {
                found.add(facts(ids.get(i), replies.get(i).join()));
            }
            found.removeIf(Objects::isNull);
            return found;
        });
    }

    private static TaskFacts facts(Map.Entry<GroupName, TaskId> id, List<byte[]> fields) {
        if (fields.get(0) == null) {
            return null;
        }
        return new TaskFacts(
                id.getKey(),
                id.getValue(),
                TaskStatus.of(text(fields.get(0))),
                0,
                number(fields.get(1)),
                number(fields.get(2)),
                number(fields.get(3)),
                number(fields.get(4)),
                word(fields.get(5)),
                word(fields.get(6)),
                gatewayOf(word(fields.get(6))),
                number(fields.get(7)),
                word(fields.get(8) == null ? null : Failure.textOf(fields.get(8))),
                progress(fields));
    }

    /** Kept while the task runs; null when its worker said nothing of it. */
    private static Progress progress(List<byte[]> fields) {
        byte[] share = fields.get(9);
        byte[] message = fields.get(10);
        boolean said = share != null || message != null;
        return said && TaskStatus.of(text(fields.get(0))) == TaskStatus.EXECUTING
                ? new Progress(
                        share == null ? null : Double.valueOf(text(share)), message == null ? null : text(message))
                : null;
    }

    /** A gateway and its workers share the end of their ids. */
    private static String gatewayOf(String worker) {
        return worker.isEmpty() ? "" : "G" + worker.substring(worker.lastIndexOf('-'));
    }

    /** The id a member of a list stands for; empty for null, and for what is none. */
    static Optional<TaskId> id(byte[] member) {
        return member == null ? Optional.empty() : TaskId.parse(text(member));
    }

    /** Empty for null. */
    static String word(byte[] value) {
        return value == null ? "" : text(value);
    }

    /** 0 for null. */
    static long number(byte[] value) {
        return value == null || value.length == 0 ? 0 : (long) Double.parseDouble(text(value));
    }
}
