package io.github.taskdispatcher.gateway.access;

import java.util.Set;

/**
 * The sessions of operators that ended before their time. Immutable.
 *
 * @param ids of the sessions that ended
 * @param endedUntil every session that would end by this time has ended too, in ms
 */
public record EndedSessions(Set<String> ids, long endedUntil) {

    /** None. */
    public static final EndedSessions NONE = new EndedSessions(Set.of(), 0);

    boolean has(String id, long until) {
        return until <= endedUntil || ids.contains(id);
    }
}
