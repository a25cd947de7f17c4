package io.github.taskdispatcher.gateway.store.redis;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;

/**
 * Every key and channel in Redis. With the default prefix {@code td:} and group {@code g}:
 *
 * <pre>
 * key                         type  holds                                              written by        expires
 * td:{g}:queue                list  ids of waiting tasks, oldest first                 submit, sweep ... when empty
 * td:{g}:task:&lt;id&gt;            hash  status, payload until the end, result or error      all               always
 * td:{g}:idle                 zset  workers with a free slot, by since when            ready, complete   when empty
 * td:{g}:worker:&lt;wid&gt;         hash  gateway, last assignment, gone: when it left     join, bind ...    2 min after it left
 * td:{g}:workers              set   connected workers; none = 503                      join, gone        when empty
 * td:{g}:workers:&lt;gateway&gt;    set   the same of one gateway                            join, gone        when empty
 * td:{g}:returning            text  a worker was released and will be back; no 503 now  gone              after the grace time
 * td:{g}:deadlines            zset  every task that has not ended, by when it must     submit, complete  when empty
 * td:{g}:leases               zset  gateways with workers of g, by the lease's end     beat              when empty
 * td:{g}:unclaimed:&lt;gateway&gt;  zset  assignments that gateway has yet to claim          submit, claim     when empty
 * td:{g}:meta                 hash  last seq, bytes and gaps of the queue, sweeps      submit, sweep ... a day after the last sweep
 * td:groups                   zset  groups by last use in Redis ms                     gateways          entries: a day
 * td:gateway:&lt;id&gt;             channel  hints "assigned id worker token", "done id [status endedBy value]", "echo n"
 * </pre>
 *
 * <p>All keys of a group carry its name as hash tag. The scripts make them from the base {@code td:{g}:}, in
 * {@code lib/call.lua}; here stand those that plain commands read.
 */
final class Keys {

    private final String prefix;

    Keys(String prefix) {
        this.prefix = prefix;
    }

    String base(GroupName group) {
        return prefix + '{' + group.text() + "}:";
    }

    String task(GroupName group, TaskId id) {
        return base(group) + "task:" + id.text();
    }

    String idle(GroupName group) {
        return base(group) + "idle";
    }

    String groups() {
        return prefix + "groups";
    }

    String channel(String gatewayId) {
        return prefix + "gateway:" + gatewayId;
    }
}
