package io.github.taskdispatcher.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;

/**
 * What was promised to whom and what came of it. Clients and workers write into it while the chaos goes on; at the end it
 * is held against what the gateways say. Any thread.
 */
public final class Ledger {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** So much later than a 503, in ms, a delivery cannot have been under way when the 503 was said. */
    private static final long UNDER_WAY_MS = 1_000;

    private final Set<String> accepted = ConcurrentHashMap.newKeySet();
    private final ConcurrentMap<String, String> told = new ConcurrentHashMap<>();
    private final ConcurrentMap<String, List<String>> deliveries = new ConcurrentHashMap<>();
    private final ConcurrentMap<Long, Long> refusedAt = new ConcurrentHashMap<>();
    private final ConcurrentMap<Long, Long> deliveredAt = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();

    /** A client was given this id. */
    public void accepted(String taskId) {
        accepted.add(taskId);
    }

    /** A client was told how its task ended; told twice, it must be the same. */
    public void ended(String taskId, String outcome) {
        accepted.add(taskId);
        String before = told.putIfAbsent(taskId, outcome);
        if (before != null && !before.equals(outcome)) {
            violation("two outcomes of " + taskId + ": " + before + " and " + outcome);
        }
    }

    /**
     * A client was answered.
     *
     * @param number of its request, which no other has
     * @return the answer
     */
    public JsonNode answered(long number, HttpResponse<String> response) {
        JsonNode answer;
        try {
            answer = JSON.readTree(response.body());
        } catch (IOException e) {
            violation("request " + number + " was answered " + response.body());
            return MissingNode.getInstance();
        }
        String id = answer.path("taskId").asText();
        int status = response.statusCode();
        boolean lost = answer.path("code").asText().equals("task_lost");
        if (status == 503) {
            refused(number);
        } else if (id.isEmpty() || lost || status != 200 && status != 202 && status != 500) {
            violation("request " + number + " was answered " + status + " " + response.body());
        } else if (answer.has("result") || status == 500) {
            ended(id, answer);
        } else {
            accepted(id);
        }
        return answer;
    }

    /** What a gateway says of a task that has ended: in an answer to its request or to a poll. */
    public void ended(String taskId, JsonNode answer) {
        ended(
                taskId,
                answer.path("status").asText() + " "
                        + (answer.has("result")
                                ? answer.path("result")
                                : answer.path("error").asText()));
    }

    /** A client was told 503 for its request of this number. */
    public void refused(long number) {
        refusedAt.put(number, System.nanoTime() / 1_000_000);
    }

    /** A worker got this task, the request of this number. */
    public void delivered(String taskId, long number, String worker) {
        List<String> workers = deliveries.computeIfAbsent(taskId, id -> new ArrayList<>());
        synchronized (workers) {
            workers.add(worker);
            if (workers.size() > 1) {
                violation(taskId + " was delivered to " + workers);
            }
        }
        deliveredAt.put(number, System.nanoTime() / 1_000_000);
    }

    /** Something that must not happen did. */
    public void violation(String what) {
        violations.add(what);
    }

    public Set<String> acceptedIds() {
        return Set.copyOf(accepted);
    }

    /** What was broken, after looking at what was delivered behind a 503; empty when nothing was. */
    public List<String> violations() {
        refusedAt.forEach((number, at) -> {
            Long delivered = deliveredAt.get(number);
            if (delivered != null && delivered > at + UNDER_WAY_MS) {
                violation("request " + number + " ran " + (delivered - at) + " ms after its 503");
            }
        });
        return List.copyOf(violations);
    }

    /** Numbers for the report. */
    public Map<String, Integer> summary() {
        Map<String, Integer> summary = new TreeMap<>();
        summary.put("accepted", accepted.size());
        summary.put("refused (503)", refusedAt.size());
        summary.put("delivered", deliveries.size());
        summary.put("delivered although its reply was lost and the client got 503", (int)
                refusedAt.keySet().stream().filter(deliveredAt::containsKey).count());
        told.values().forEach(outcome -> summary.merge(outcome.split(" ", 2)[0], 1, Integer::sum));
        return summary;
    }
}
