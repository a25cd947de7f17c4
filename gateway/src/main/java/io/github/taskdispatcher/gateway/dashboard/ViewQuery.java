package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a page wants to see, checked: two that ask for the same are equal, whatever order their parameters came in.
 *
 * @param view {@code overview}, {@code group}, {@code workers}, {@code tasks}, {@code task} or {@code log}
 * @param params what of it; none is empty
 */
record ViewQuery(String view, TreeMap<String, String> params) {

    /** The ways a task ends: its status then. */
    private static final Set<String> ENDINGS = Set.of("completed", "failed", "cancelled");
    /** Where a task is: one list each. */
    private static final Set<String> TASK_LISTS = Set.of("queued", "executing", "ended");

    private static final Set<String> WORKER_STATES = Set.of("idle", "busy");
    private static final Set<String> LOG_KINDS = Set.of("tasks", "failures", "workers", "gateways");
    private static final int MAX_TEXT = 200;
    private static final int MAX_PAGE = 100_000;

    private static final Map<String, Set<String>> PARAMS = Map.of(
            "overview", Set.of(),
            "group", Set.of("group"),
            "workers", Set.of("group", "state", "q", "page"),
            "tasks", Set.of("group", "status", "worker", "q", "page"),
            "task", Set.of("id"),
            "log", Set.of("group", "kind", "q", "before"));

    /** @throws BadRequest naming what is wrong */
    static ViewQuery parse(String view, Map<String, List<String>> given) throws BadRequest {
        Set<String> allowed = PARAMS.get(view);
        if (allowed == null) {
            throw bad("view must be one of "
                    + String.join(", ", PARAMS.keySet().stream().sorted().toList()));
        }
        TreeMap<String, String> params = new TreeMap<>();
        for (Map.Entry<String, List<String>> param : given.entrySet()) {
            String value = param.getValue().get(0);
            if (!allowed.contains(param.getKey()) || param.getValue().size() > 1) {
                throw bad("the view " + view + " takes "
                        + String.join(", ", allowed.stream().sorted().toList()) + ", each once");
            }
            if (!value.isEmpty()) {
                check(param.getKey(), value);
                params.put(param.getKey(), value);
            }
        }
        if (view.equals("group") && !params.containsKey("group") || view.equals("task") && !params.containsKey("id")) {
            throw bad("the view " + view + " needs one");
        }
        return new ViewQuery(view, params);
    }

    private static void check(String name, String value) throws BadRequest {
        boolean valid =
                switch (name) {
                    case "group" -> GroupName.parse(value).isPresent();
                    case "id" -> TaskId.parse(value).isPresent();
                    case "status" -> TASK_LISTS.contains(value) || ENDINGS.contains(value);
                    case "state" -> WORKER_STATES.contains(value);
                    case "kind" -> LOG_KINDS.contains(value);
                    case "page" -> value.matches("\\d{1,6}") && Integer.parseInt(value) <= MAX_PAGE;
                    case "before" -> value.matches("\\d{1,15}-\\d{1,10}");
                    default -> value.length() <= MAX_TEXT;
                };
        if (!valid) {
            throw bad(name + " has a value that it cannot have");
        }
    }

    private static BadRequest bad(String what) {
        return new BadRequest(ErrorCode.INVALID_REQUEST, "Invalid request: " + what);
    }

    /** A parameter, empty when it was not given. */
    String param(String name) {
        return params.getOrDefault(name, "");
    }

    /** The group asked for, if any. */
    Optional<GroupName> group() {
        return GroupName.parse(param("group"));
    }

    /** The page asked for, from 0. */
    int page() {
        String page = param("page");
        return page.isEmpty() ? 0 : Integer.parseInt(page);
    }

    /** The list of tasks asked for: {@code queued}, {@code executing} or {@code ended}. */
    String list() {
        String status = param("status");
        return ENDINGS.contains(status) ? "ended" : status.isEmpty() ? "executing" : status;
    }

    /** How the tasks asked for ended, empty when that is left open. */
    String ending() {
        return ENDINGS.contains(param("status")) ? param("status") : "";
    }

    /** Whether it asks for what must be searched for, not only read. */
    boolean searches() {
        return !param("q").isEmpty()
                || !param("worker").isEmpty()
                || !param("state").isEmpty()
                || !ending().isEmpty();
    }
}
