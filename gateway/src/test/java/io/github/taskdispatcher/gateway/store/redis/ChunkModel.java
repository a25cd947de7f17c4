package io.github.taskdispatcher.gateway.store.redis;

import io.lettuce.core.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What workers say of their tasks in the history of a {@link ScriptModel}, and what followers are told of it: numbered without a
 * gap over all assignments of a task, as it was said, the newest in any case, nothing after the end. Its dice are its own: the
 * history is the same without it.
 */
final class ChunkModel {

    private static final int KEEP = 4;
    private static final int KEEP_BYTES = 8_000;

    /** So many of the smallest chunks fill a node of a stream in Redis (4 KB); only whole nodes are cut off. */
    private static final int NODE = 3;

    private static final int PAGE = 2;

    /** Less than what lies between the expiry of a task that runs and of one that has ended, in ms. */
    private static final long SAME_TIME = 60_000;

    /** Of one task. Lost chunks have a number, but no text. */
    private static final class Said {
        final NavigableMap<Integer, String> texts = new TreeMap<>();
        String token = "";
        /** The number of the last chunk before the assignment with this token, and of the last there is. */
        int before;

        int last;

        /** The numbers that must be there still. */
        List<Integer> newest() {
            int largest = texts.values().stream().mapToInt(String::length).max().orElse(1);
            return texts.descendingKeySet().stream()
                    .limit(Math.min(KEEP, KEEP_BYTES / largest))
                    .toList();
        }
    }

    private record Call(String gateway, Object[] args) {}

    private final long seed;
    private final Random random;
    private final ScriptRunner run;
    private final Map<String, Said> tasks = new HashMap<>();
    private final Map<String, Integer> known = new HashMap<>();
    private final List<Call> past = new ArrayList<>();

    ChunkModel(long seed, ScriptRunner run) {
        this.seed = seed;
        this.random = new Random(~seed);
        this.run = run;
    }

    /** A worker says some chunks of what it takes for its task, or loses some, or both. */
    void say(String gateway, String worker, String id, String token) {
        Said said = tasks.computeIfAbsent(id, unsaid -> new Said());
        int before = token.equals(said.token) ? said.before : said.last;
        int lost = random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0;
        int count = random.nextInt(4);
        if (lost + count == 0) {
            return;
        }
        int first = said.last + lost + 1;
        List<Object> args = new ArrayList<>(List.of(id, worker, token, KEEP, KEEP_BYTES, first - before));
        for (int i = 0; i < count; i++) {
            args.add("\"" + id + ' ' + (first + i) + ' ' + "x".repeat(random.nextInt(8) == 0 ? 3_500 : 1_500) + "\"");
        }
        Map<String, String> task = run.task(id);
        boolean own = "executing".equals(task.get("status"))
                && worker.equals(task.get("worker"))
                && token.equals(task.get("token"));
        List<String> forged = run.chunk(gateway, id, "a stranger", token, first - before, "1");
        check(forged.equals(List.of("stale")), "a stranger said something of " + id + task);
        Call call = new Call(gateway, args.toArray());
        List<String> reply = chunk(call);
        past.add(call);
        if (!own) {
            check(reply.equals(List.of("stale")), worker + " said something of " + id + task + ": " + reply);
            return;
        }
        check(
                reply.equals(List.of("stored", Integer.toString(first))),
                "not numbered from " + first + ": " + id + reply);
        said.token = token;
        said.before = before;
        said.last = first + count - 1;
        for (int i = 0; i < count; i++) {
            said.texts.put(first + i, (String) args.get(6 + i));
        }
        if (random.nextInt(4) == 0) {
            check(chunk(call).equals(reply), "a replay was answered otherwise: " + id + reply);
        }
        checkKept(id, said);
    }

    /** A call that was sent twice runs again, whatever happened since. */
    void replay() {
        if (past.isEmpty()) {
            return;
        }
        Call call = past.get(random.nextInt(past.size()));
        String id = (String) call.args[0];
        String before =
                run.task(id) + run.redis.xrange(stream(id), Range.unbounded()).toString();
        chunk(call);
        String after =
                run.task(id) + run.redis.xrange(stream(id), Range.unbounded()).toString();
        check(before.equals(after), "a replay changed something: " + id);
    }

    /** One of a task's followers reads on; true when he has been told all there is. */
    boolean follow(String gateway, String id) {
        return follow(gateway, id, random.nextInt(2));
    }

    private boolean follow(String gateway, String id, int follower) {
        int after = known.getOrDefault(id + ' ' + follower, 0);
        List<String> reply = run.call(Script.FOLLOW, gateway, 0, id, 6, after, PAGE, "", 1 << 20);
        Map<String, String> task = run.task(id);
        if (task.isEmpty()) {
            check(reply.equals(List.of("unknown")), "a task that is not there was followed: " + id + reply);
            return true;
        }
        check(reply.get(0).equals("task"), "a task that is there was not found: " + id + task);
        Said said = tasks.getOrDefault(id, new Said());
        check(reply.get(1).equals(task.get("status")), "another status than " + task + ": " + reply);
        check(reply.get(13).equals(Integer.toString(said.last)), "not all of " + said.last + ": " + id + reply);
        List<Integer> numbers = new ArrayList<>();
        int at = after;
        for (int i = 14; i < reply.size(); i += 2) {
            int number = Integer.parseInt(reply.get(i));
            check(number > at, "told again, or out of order: " + id + reply);
            check(reply.get(i + 1).equals(said.texts.get(number)), "not what was said: " + id + ' ' + number);
            numbers.add(number);
            at = number;
        }
        boolean all = numbers.size() < PAGE;
        int upTo = all ? said.last : at;
        List<Integer> due = said.newest().stream()
                .filter(number -> number > after && number <= upTo)
                .toList();
        check(numbers.containsAll(due), "not told of all " + due + ": " + id + numbers);
        known.put(id + ' ' + follower, upTo);
        return all;
    }

    /** Every follower is told all of every task, and nothing twice. */
    void settle(String gateway) {
        for (String id : tasks.keySet()) {
            for (int follower = 0; follower < 2; follower++) {
                int reads = 0;
                while (!follow(gateway, id, follower)) {
                    check(++reads < 100, "never told the end: " + id);
                }
            }
            checkKept(id, tasks.get(id));
        }
    }

    private void checkKept(String id, Said said) {
        List<Integer> kept = new ArrayList<>();
        run.redis.xrange(stream(id), Range.unbounded()).forEach(entry -> {
            int number = Integer.parseInt(entry.getId().replace("-0", ""));
            check(entry.getBody().get("c").equals(said.texts.get(number)), "not what was said: " + id + ' ' + number);
            kept.add(number);
        });
        List<Integer> newest = said.newest();
        check(kept.containsAll(newest), "gone too soon of " + id + ": " + newest + kept);
        check(kept.size() < newest.size() + NODE, "too many are kept of " + id + ": " + kept);
        check(kept.equals(List.copyOf(new TreeSet<>(kept))), "out of order: " + id + kept);
        if (!kept.isEmpty()) {
            long apart = run.redis.pttl(stream(id)) - run.redis.pttl(run.base + "task:" + id);
            check(Math.abs(apart) < SAME_TIME, "the chunks do not go with their task: " + id + ' ' + apart);
        }
    }

    private List<String> chunk(Call call) {
        return run.call(Script.CHUNK, call.gateway, 0, call.args);
    }

    private String stream(String id) {
        return run.base + "stream:" + id;
    }

    private void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("seed " + seed + ": " + what);
        }
    }
}
