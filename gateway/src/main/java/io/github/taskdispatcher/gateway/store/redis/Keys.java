package io.github.taskdispatcher.gateway.store.redis;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.HexFormat;

/**
 * Every key and channel in Redis. With the default prefix {@code td:} and group {@code g}:
 *
 * <pre>
 * key                         type  holds                                              written by        expires
 * td:{g}:queue                list  ids of waiting tasks, oldest first                 submit, sweep ... when empty
 * td:{g}:task:&lt;id&gt;            hash  status, payload until the end, result or error, owner   all           always
 * td:{g}:stream:&lt;id&gt;          stream  what its worker said of a task so far, by number         chunk            with the task
 * td:{g}:idle                 zset  workers with a free slot, by since when            ready, complete   when empty
 * td:{g}:worker:&lt;wid&gt;         hash  gateway, last assignment, gone: when it left     join, bind ...    2 min after it left
 * td:{g}:workers              set   connected workers; none = 503                      join, gone        when empty
 * td:{g}:workers:&lt;gateway&gt;    set   the same of one gateway                            join, gone        when empty
 * td:{g}:returning            text  a worker was released and will be back; no 503 now  gone              after the grace time
 * td:{g}:deadlines            zset  every task that has not ended, by when it must     submit, complete  when empty
 * td:{g}:leases               zset  gateways with workers of g, by the lease's end     beat              when empty
 * td:{g}:unclaimed:&lt;gateway&gt;  zset  assignments that gateway has yet to claim          submit, claim     when empty
 * td:{g}:told:&lt;gateway&gt;       zset  "id worker" cancelled while it worked on it, by when   cancel            a minute after the last
 * td:{g}:meta                 hash  last seq, bytes and gaps of the queue, sweep       submit, sweep ... a day after the last sweep
 * td:{g}:pace                 hash  how long tasks run, of all and of up to 32 models   complete, submit  10 min or 20 runs after the last
 * td:{g}:unsaid               list  tasks that a hand-out ended, for the next sweep    complete ...      a minute after the last
 * td:once:&lt;hash&gt;            text  task, group and fingerprint of a request that came  gateways, refuse,  longest timeout + result's life;
 *                                   with an Idempotency-Key, and whose the key is        confirm, reclaim  10 s after a refusal
 * td:sessions:ended           zset  "until id" of sessions of operators that ended early, by until   gateways         a day after the last
 * td:{*}:groups               zset  groups with workers by last use in Redis ms         register ...      entries: minutes after the last
 *                                                                                                          worker and task, see Sweeper
 * td:{*}:groups:&lt;holder&gt;      zset  those of one key's or address's workers, the same    register ...      2 min after the last use
 * td:{*}:left:&lt;holder&gt;        zset  names whose last workers were that holder's, by when    unregister        a minute after the last
 *                                   they left
 * td:{*}:in:&lt;group&gt;           zset  the holders with workers in it, by last use          register ...      2 min after the last use
 * td:{*}:in:&lt;group&gt;:&lt;holder&gt;  zset  the gateways that have such workers, by last use     register ...      2 min after the last use
 * td:{*}:busy                 zset  groups that may have tasks, by when one was           accept            entries: half a minute after the
 *                                   accepted last, about                                                   last task
 * td:{*}:names:&lt;hash&gt;         zset  200 groups whose tasks have ids that begin with hash,   accept            when no task can be read any more
 *                                   by when one was accepted last, about
 * td:where:&lt;id&gt;           text  the group of a task that was accepted while names:&lt;hash&gt;   gateways          when the task cannot be read any more
 *                                   was full of others
 * td:{*}:round                hash  when a gateway began to sweep last                  round             a day after it
 * td:{*}:models               zset  "group model" that live workers declared, by until      declare           a minute after the last
 *                                   when that holds in Redis ms
 * td:{*}:models:&lt;holder&gt;      zset  the models of one key's or address's workers, the same  declare           a minute after the last
 * td:{*}:declared:&lt;model&gt;     zset  "group gateway holder" that declare it, all of one group,  declare           a minute after the last
 *                                   by until when that holds in Redis ms
 * td:{*}:check:&lt;gateway&gt;     text  what a gateway tries its rights on when it starts         gateways         a second
 * td:gateway:&lt;id&gt;             channel  hints "assigned id worker token", "done id [status endedBy value]",
 *                                   "cancel id worker", "chunk id last", "chunk id first sizes chunks", "echo n"
 * </pre>
 *
 * <p>For the dashboard, written in batches; no task depends on any of it:
 *
 * <pre>
 * td:{g}:board:open           zset  accepted tasks not known to have ended, by deadline            a day
 * td:{g}:board:ended          zset  ended tasks by their end, the last 10,000                      result's life
 * td:{g}:board:about:&lt;id&gt;     hash  request (small ones), acceptedBy, deliveredAt                  with the task
 * td:{g}:board:minute:&lt;m&gt;     hash  counts of minute m since 1970: accepted, completed, failed,    65 minutes
 *                                   cancelled, depth, w0..w18 and r0..r18 (waits and runs, TimeBuckets)
 * td:{g}:board:seen           zset  workers by when they were last heard of                        an hour
 * td:{g}:board:refused        hash  worker to the models that were refused to it, lines "owner model"   a day
 * td:{g}:board:says:&lt;wid&gt;     text  what a worker said of itself: name, models, labels, JSON           15 min, noted again each 5
 * td:{g}:board:done           zset  workers by how many tasks they answered                        a day
 * td:board:ended              zset  the same as above of all groups, "id group"                    result's life
 * td:board:minute:&lt;m&gt;         hash  the same as above of all groups                                65 minutes
 * td:board:log                stream  the last 20,000 or so lines of the system log                each line: a day
 * td:board:gateways           hash  gateway id to what it says of itself, JSON                     an hour
 * </pre>
 *
 * <p>All keys of a group carry its name as hash tag. {@code *} is the name of no group: what one script needs of all groups together
 * has that tag. The scripts make their keys from the base {@code td:{g}:} in {@code lib/call.lua}, {@code lib/pace.lua},
 * {@code lib/registry.lua} and {@code lib/models.lua}. {@code ScriptKeysTest} compares each of them with the method here, so some of
 * these methods are called by that test only.
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
        return registry() + "groups";
    }

    String busy() {
        return registry() + "busy";
    }

    /** @param hash {@link GroupName#hash16} */
    String names(int hash) {
        return registry() + "names:" + HexFormat.of().toHexDigits((short) hash);
    }

    /** Of a task whose group {@link #names} does not tell. */
    String where(TaskId id) {
        return prefix + "where:" + id.text();
    }

    String once(String name) {
        return prefix + "once:" + name;
    }

    String endedSessions() {
        return prefix + "sessions:ended";
    }

    /** What the keys of the registry of names begin with. */
    String registry() {
        return prefix + "{*}:";
    }

    /** What a gateway tries its rights on when it starts. */
    String check(String gatewayId) {
        return registry() + "check:" + gatewayId;
    }

    /** The same in another slot of a cluster. */
    String check(String gatewayId, int number) {
        return prefix + '{' + number + "}:check:" + gatewayId;
    }

    String models() {
        return registry() + "models";
    }

    String declared(String model) {
        return registry() + "declared:" + model;
    }

    /** A key of the dashboard, of one group or (null) of all. */
    String board(GroupName group, String name) {
        return (group == null ? prefix : base(group)) + "board:" + name;
    }

    String about(GroupName group, TaskId id) {
        return board(group, "about:" + id.text());
    }

    /** @param workerId of its connection, or of any of its slots */
    String introduction(GroupName group, String workerId) {
        return board(group, "says:" + workerId.replaceFirst("\\.\\d+-", "-"));
    }

    String queue(GroupName group) {
        return base(group) + "queue";
    }

    String workers(GroupName group) {
        return base(group) + "workers";
    }

    String returning(GroupName group) {
        return base(group) + "returning";
    }

    String worker(GroupName group, String workerId) {
        return base(group) + "worker:" + workerId;
    }

    String leases(GroupName group) {
        return base(group) + "leases";
    }

    String deadlines(GroupName group) {
        return base(group) + "deadlines";
    }

    String stream(GroupName group, TaskId id) {
        return base(group) + "stream:" + id.text();
    }

    String workers(GroupName group, String gatewayId) {
        return base(group) + "workers:" + gatewayId;
    }

    String unclaimed(GroupName group, String gatewayId) {
        return base(group) + "unclaimed:" + gatewayId;
    }

    String told(GroupName group, String gatewayId) {
        return base(group) + "told:" + gatewayId;
    }

    String meta(GroupName group) {
        return base(group) + "meta";
    }

    String pace(GroupName group) {
        return base(group) + "pace";
    }

    String unsaid(GroupName group) {
        return base(group) + "unsaid";
    }

    String round() {
        return registry() + "round";
    }

    String groups(String holder) {
        return registry() + "groups:" + holder;
    }

    String left(String holder) {
        return registry() + "left:" + holder;
    }

    String holders(GroupName group) {
        return registry() + "in:" + group.text();
    }

    String gateways(GroupName group, String holder) {
        return registry() + "in:" + group.text() + ':' + holder;
    }

    String models(String holder) {
        return registry() + "models:" + holder;
    }

    String channel(String gatewayId) {
        return prefix + "gateway:" + gatewayId;
    }
}
