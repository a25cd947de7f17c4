package io.github.taskdispatcher.gateway.journal;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.wire.FromWorker;
import java.util.Map;

/** What the journal tells of the workers that are connected to this gateway. Any thread. */
public interface ConnectedWorkers {

    /** How many sockets there are. */
    int size();

    /** How long ago, in ms, a frame came last, of each slot of which one came within this time; by group and id. */
    Map<GroupName, Map<String, Long>> heardWithin(long ageMs);

    /** What workers say of themselves, by group and id of the connection. */
    Map<GroupName, Map<String, FromWorker.Hello>> introductions();
}
