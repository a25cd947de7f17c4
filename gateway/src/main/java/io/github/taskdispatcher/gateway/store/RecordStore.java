package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.wire.FromWorker;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Where gateways note what the dashboard shows beyond the tasks themselves: the log, the counts of the last hour, which
 * tasks ended. Nothing of it is needed to run a task; what cannot be written is lost. Futures complete on the store's
 * executor and fail only with {@link StoreException}.
 */
public interface RecordStore {

    /** So many refused models of a worker are noted. */
    int MAX_REFUSALS = 20;

    /** What is known of these tasks; those that are no more are left out. */
    CompletableFuture<List<TaskFacts>> facts(Map<GroupName, ? extends Collection<TaskId>> ids);

    /** Tasks noted as open although their deadline has passed: they must have ended, and no gateway said so. */
    CompletableFuture<Map<GroupName, Set<TaskId>>> overdue(Collection<GroupName> groups);

    /** Notes these tasks as open no more; returns those that were, each of them to one caller only. */
    CompletableFuture<Map<GroupName, Set<TaskId>>> take(Map<GroupName, Set<TaskId>> ids);

    /** Notes all of it. */
    CompletableFuture<Void> write(RecordBatch batch);

    /** Notes how many tasks wait in these groups, for the charts. */
    CompletableFuture<Void> sampleDepths(Collection<GroupName> groups);

    /** Notes when workers of this gateway were last heard of, in Redis ms. */
    CompletableFuture<Void> seen(Map<GroupName, Map<String, Long>> workers);

    /** Notes all models that were refused to a worker; at most {@link #MAX_REFUSALS} are kept, until the worker leaves. */
    CompletableFuture<Void> refusedModels(GroupName group, String worker, Collection<ModelStore.Refusal> refused);

    /**
     * Notes what workers of this gateway say of themselves, by the ids of their connections, for a quarter of an hour or until they
     * leave.
     */
    CompletableFuture<Void> introduce(Map<GroupName, Map<String, FromWorker.Hello>> workers);

    /** This gateway is alive, and so. */
    CompletableFuture<Void> beat(GatewayInfo gateway);

    /** This gateway ends. */
    CompletableFuture<Void> forget(String gatewayId);
}
