package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.GroupStore;

/**
 * Where the pages read from.
 *
 * @param gatewayId of this gateway among the gateways
 */
public record DashboardSource(String gatewayId, BoardStore board, GroupStore groups) {}
