package io.github.taskdispatcher.gateway.store.redis;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * A seeded history against the scripts: gateways that die, freeze and come back, workers that leave and return elsewhere,
 * replies and hints that are lost, calls that run twice or late; and what must hold whatever happened. The gateways here
 * do what {@code Slot} and {@code Dispatcher} do, in a few lines. The clock is the test's, so a seed is a history.
 */
final class ScriptModel {

    /** What a gateway knows of one of its workers. */
    private static final String OWNER = "owner";

    private static final class Worker {
        final String id;
        int epoch = 1;
        String task;
        String token;
        String lastSent = "";
        final Set<String> sent = new TreeSet<>();

        Worker(String id) {
            this.id = id;
        }

        boolean free() {
            return task == null;
        }
    }

    private static final class Gateway {
        final String id;
        boolean alive = true;
        long beatAt;
        final Map<String, Worker> workers = new LinkedHashMap<>();

        Gateway(String id) {
            this.id = id;
        }
    }

    private record Call(Script script, String gateway, long notAfter, Object[] args) {}

    private static final int MAX_QUEUE = 5;
    private static final int MAX_QUEUE_BYTES = 100;

    private final long seed;
    private final Random random;
    private final ScriptRunner run;
    private final List<Gateway> gateways = new ArrayList<>();
    private final List<Call> past = new ArrayList<>();
    private final Map<String, Integer> delivered = new HashMap<>();
    private final Set<String> accepted = new TreeSet<>();
    private final Set<String> refused = new TreeSet<>();
    private final Map<String, String> outcomes = new HashMap<>();
    private final ChunkModel chunks;
    private final List<String[]> homeless = new ArrayList<>();
    private int names;

    ScriptModel(long seed, ScriptRunner run) {
        this.seed = seed;
        this.random = new Random(seed);
        this.run = run;
        this.chunks = new ChunkModel(seed, run);
    }

    /** Plays a history; throws an AssertionError that names the seed when something does not hold. */
    void play(int operations) {
        for (int i = 0; i < 3; i++) {
            gateways.add(born());
        }
        for (int i = 0; i < operations; i++) {
            run.now += List.of(1, 5, 50, 400, 1500).get(random.nextInt(5));
            beatWhoMust();
            Gateway gateway = gateways.get(random.nextInt(gateways.size()));
            step(gateway);
            if (i % 4 == 0) {
                talk(gateway, i / 4);
            }
            if (i % 25 == 24) {
                checkAlways();
            }
        }
        settle();
    }

    private void step(Gateway gateway) {
        if (!gateway.alive) {
            if (random.nextInt(10) == 0) {
                gateways.remove(gateway);
                gateways.add(born());
            }
            return;
        }
        int dice = random.nextInt(1000);
        if (dice < 120) {
            connect(gateway);
        } else if (dice < 450) {
            submit(gateway);
        } else if (dice < 720) {
            answer(gateway);
        } else if (dice < 790) {
            claimWhatIsOurs(gateway);
        } else if (dice < 840) {
            disconnect(gateway);
        } else if (dice < 900) {
            run.sweep(gateway.id);
        } else if (dice < 915) {
            kill(gateway);
        } else if (dice < 925) {
            gateway.beatAt = run.now + 20_000;
        } else if (dice < 950) {
            forge(gateway);
        } else if (dice < 965) {
            comeBack(gateway);
        } else if (dice < 980) {
            cancel(gateway);
        } else if (!past.isEmpty()) {
            replay(past.get(random.nextInt(past.size())));
        }
    }

    /** One of its workers says something, and somebody follows that task through it, and any other. */
    private void talk(Gateway gateway, int turn) {
        if (!gateway.alive) {
            return;
        }
        List<Worker> busy =
                gateway.workers.values().stream().filter(it -> !it.free()).toList();
        if (!busy.isEmpty()) {
            Worker worker = busy.get(turn % busy.size());
            chunks.say(gateway.id, worker.id, worker.task, worker.token);
            chunks.follow(gateway.id, worker.task);
        }
        List<String> ids = List.copyOf(accepted);
        if (!ids.isEmpty()) {
            chunks.follow(gateway.id, ids.get(turn % ids.size()));
        }
        if (turn % 8 == 0) {
            chunks.replay();
        }
    }

    private Gateway born() {
        Gateway gateway = new Gateway(name("G"));
        gateway.beatAt = run.now;
        return gateway;
    }

    private void beatWhoMust() {
        for (Gateway gateway : gateways) {
            if (gateway.alive && run.now - gateway.beatAt >= 1_000) {
                beat(gateway);
            }
        }
    }

    private void beat(Gateway gateway) {
        boolean lapsed = run.beat(gateway.id).get(0).equals("lapsed");
        gateway.beatAt = run.now;
        if (lapsed) {
            for (Worker worker : List.copyOf(gateway.workers.values())) {
                worker.epoch++;
                call(
                        Script.JOIN,
                        gateway,
                        worker.id,
                        worker.epoch,
                        ScriptRunner.LEASE,
                        or(worker.task),
                        or(worker.token));
                if (worker.free()) {
                    ready(gateway, worker);
                }
            }
        }
    }

    private void connect(Gateway gateway) {
        if (gateway.workers.size() == 4) {
            return;
        }
        Worker worker = new Worker(name("W"));
        gateway.workers.put(worker.id, worker);
        call(Script.JOIN, gateway, worker.id, worker.epoch, ScriptRunner.LEASE, "", "");
        ready(gateway, worker);
    }

    private void ready(Gateway gateway, Worker worker) {
        List<String> reply = call(Script.READY, gateway, worker.id);
        if (lost()) {
            return;
        }
        switch (reply.get(0)) {
            case "task" -> deliver(worker, reply);
            case "unknown", "gone" -> {
                worker.epoch++;
                call(Script.JOIN, gateway, worker.id, worker.epoch, ScriptRunner.LEASE, "", "");
            }
            default -> {}
        }
    }

    private void submit(Gateway gateway) {
        String id = name("T");
        long timeout = List.of(5_000, 20_000, 60_000).get(random.nextInt(3));
        boolean neverRan = random.nextInt(25) == 0;
        Call made = new Call(Script.SUBMIT, gateway.id, run.now + 2_000, new Object[] {
            id,
            payload(),
            timeout,
            "1",
            MAX_QUEUE,
            MAX_QUEUE_BYTES,
            "",
            "",
            OWNER,
            "",
            random.nextInt(8) == 0 ? 3_000 : ""
        });
        if (neverRan) {
            // The request is stuck on the way: the client is told 503, then it arrives after all.
            refused.add(id);
            run.now += 2_001;
            past.add(made);
            execute(made);
            return;
        }
        List<String> reply = call(made);
        if (random.nextInt(12) == 0) {
            // The reply is lost for good: the client is told 503 when its time is over, and the task taken back.
            run.now += 2_001;
            String word = run.withdraw(gateway.id, id).get(0);
            if (word.equals("running")) {
                accepted.add(id);
            } else {
                refused.add(id);
            }
            return;
        }
        if (Set.of("assigned", "remote", "queued", "exists").contains(reply.get(0))) {
            accepted.add(id);
        }
        if (reply.get(0).equals("assigned")) {
            Worker worker = gateway.workers.get(reply.get(1));
            if (worker != null) {
                deliver(worker, List.of("task", id, reply.get(2)));
            }
        }
    }

    private void deliver(Worker worker, List<String> assignment) {
        String id = assignment.get(1);
        String token = assignment.get(2);
        if (!worker.sent.add(id + ' ' + token)) {
            return;
        }
        check(!refused.contains(id), "a task ran whose client was told 503: " + id);
        check(worker.free() || ended(worker.task), worker.id + " got " + id + " while it works on " + worker.task);
        worker.task = id;
        worker.token = token;
        worker.lastSent = id + ' ' + token;
        delivered.merge(id, 1, Integer::sum);
        check(delivered.get(id) == 1, "handed out twice: " + id);
    }

    private boolean ended(String id) {
        return Set.of("completed", "failed", "cancelled").contains(run.task(id).getOrDefault("status", "completed"));
    }

    private void answer(Gateway gateway) {
        for (Worker worker : gateway.workers.values()) {
            if (!worker.free() && random.nextBoolean()) {
                String task = worker.task;
                String token = worker.token;
                worker.task = null;
                worker.token = null;
                List<String> reply = call(
                        Script.COMPLETE,
                        gateway,
                        task,
                        worker.id,
                        token,
                        random.nextBoolean() ? "completed" : "failed",
                        "by " + worker.id,
                        0,
                        ScriptRunner.LEASE,
                        "0",
                        random.nextInt(4) == 0 ? "1" : "0");
                if (lost()) {
                    // Repeated until it is answered: whatever the first run handed out must come again.
                    reply = call(
                            Script.COMPLETE,
                            gateway,
                            task,
                            worker.id,
                            token,
                            "completed",
                            "again",
                            0,
                            ScriptRunner.LEASE,
                            "0",
                            random.nextInt(4) == 0 ? "1" : "0");
                }
                if (reply.size() > 1) {
                    deliver(worker, reply);
                }
                return;
            }
        }
    }

    private void claimWhatIsOurs(Gateway gateway) {
        List<String> beat = run.beat(gateway.id);
        gateway.beatAt = run.now;
        for (int i = 1; i + 2 < beat.size(); i += 3) {
            Worker worker = gateway.workers.get(beat.get(i + 1));
            if (worker != null && !beat.get(i + 2).isEmpty()) {
                // Another gateway tries first: only the one whose worker it is may have it.
                List<String> thief = run.claim("G0", beat.get(i), beat.get(i + 2));
                check(thief.get(0).equals("refused"), "a gateway claimed the assignment of another: " + beat);
                List<String> reply = call(Script.CLAIM, gateway, beat.get(i), beat.get(i + 2));
                if (reply.get(0).equals("task")) {
                    deliver(worker, reply);
                }
            }
        }
    }

    private void disconnect(Gateway gateway) {
        if (!gateway.workers.isEmpty()) {
            List<String> ids = List.copyOf(gateway.workers.keySet());
            Worker worker = gateway.workers.remove(ids.get(random.nextInt(ids.size())));
            String how = List.of("closed", "closed", "lost", "released").get(random.nextInt(4));
            if (!how.equals("closed") && worker.task != null) {
                homeless.add(new String[] {worker.task, "0"});
            }
            call(
                    Script.GONE,
                    gateway,
                    worker.id,
                    worker.epoch,
                    how,
                    "Worker disconnected",
                    ScriptRunner.GRACE,
                    worker.lastSent);
        }
    }

    private void kill(Gateway gateway) {
        gateway.alive = false;
        for (Worker worker : gateway.workers.values()) {
            if (!worker.free()) {
                homeless.add(new String[] {worker.task, "0"});
            }
        }
    }

    /** A client cancels a task, whatever became of it. */
    private void cancel(Gateway gateway) {
        if (accepted.isEmpty()) {
            return;
        }
        List<String> ids = List.copyOf(accepted);
        String id = ids.get(random.nextInt(ids.size()));
        String before = run.task(id).getOrDefault("status", "");
        if (random.nextInt(3) == 0) {
            leave(gateway, id, before);
            return;
        }
        String stranger = call(Script.CANCEL, gateway, id, "Task cancelled", "", "stranger")
                .get(0);
        check(
                stranger.equals("unknown") && before.equals(run.task(id).getOrDefault("status", "")),
                "a stranger's cancel of " + id + " that was " + before + ": " + stranger);
        String word =
                call(Script.CANCEL, gateway, id, "Task cancelled", "", OWNER).get(0);
        String expected =
                switch (before) {
                    case "" -> "unknown";
                    case "queued", "executing" -> "cancelled";
                    case "cancelled" -> "already";
                    default -> "ended";
                };
        check(word.equals(expected), "cancel of " + id + " that was " + before + ": " + word);
        Map<String, String> task = run.task(id);
        if (before.equals("executing")) {
            String owner = run.worker(task.get("worker")).get("gateway");
            check(
                    owner == null
                            || run.redis.zscore(run.base + "told:" + owner, id + ' ' + task.get("worker")) != null,
                    "its worker may never hear that it was cancelled: " + id + task);
        }
    }

    /** Its client leaves; sometimes somebody asks for it before it is cancelled. */
    private void leave(Gateway gateway, String id, String before) {
        boolean open = Set.of("queued", "executing").contains(before);
        List<String> noted = call(Script.ABANDON, gateway, id);
        check(noted.get(0).equals(open ? "noted" : "kept"), "left " + id + " that was " + before + ": " + noted);
        if (!open) {
            return;
        }
        boolean wanted = random.nextBoolean();
        if (wanted) {
            run.look(id);
        }
        String word = call(Script.CANCEL, gateway, id, "Task cancelled", noted.get(1), "")
                .get(0);
        check(word.equals(wanted ? "wanted" : "cancelled"), "left " + id + " that was " + before + ": " + word);
        check(!wanted || run.task(id).get("status").equals(before), "cancelled, but wanted: " + id);
    }

    /** A worker whose gateway was lost dials in here and brings its answer. */
    private void comeBack(Gateway gateway) {
        if (homeless.isEmpty()) {
            return;
        }
        String[] answer = homeless.get(random.nextInt(homeless.size()));
        Worker worker = new Worker(name("W"));
        gateway.workers.put(worker.id, worker);
        call(Script.JOIN, gateway, worker.id, worker.epoch, ScriptRunner.LEASE, "", "");
        if (random.nextBoolean()) {
            resume(gateway, worker, answer);
            return;
        }
        List<String> reply = call(
                Script.COMPLETE,
                gateway,
                answer[0],
                worker.id,
                "",
                "completed",
                "back",
                answer[1],
                ScriptRunner.LEASE,
                "0",
                random.nextInt(4) == 0 ? "1" : "0");
        if (reply.get(0).equals("early")) {
            answer[1] = reply.get(1);
        } else {
            homeless.remove(answer);
        }
        ready(gateway, worker);
    }

    /** It has no answer yet and goes on with the task. */
    private void resume(Gateway gateway, Worker worker, String[] held) {
        homeless.remove(held);
        List<String> reply = call(Script.RESUME, gateway, worker.id, held[0]);
        if (reply.get(0).equals("resumed")) {
            worker.task = held[0];
            worker.token = reply.get(1);
            worker.lastSent = held[0] + ' ' + reply.get(1);
            worker.sent.add(worker.lastSent);
        } else {
            ready(gateway, worker);
        }
    }

    /** A worker answers a task that is not its own: with a token it made up, and as if it had come back. */
    private void forge(Gateway gateway) {
        for (String id : accepted) {
            Map<String, String> task = run.task(id);
            if ("executing".equals(task.get("status")) && !gateway.workers.isEmpty()) {
                Worker liar = gateway.workers.values().iterator().next();
                if (liar.id.equals(task.get("worker"))) {
                    continue;
                }
                List<String> wrong = run.complete(gateway.id, id, liar.id, task.get("token"), "completed", "forged");
                check(wrong.get(0).equals("stale") || isOverdue(task), "a foreign worker completed " + id);
                List<String> worn = run.complete(gateway.id, id, task.get("worker"), "99", "completed", "forged");
                check(worn.get(0).equals("stale") || isOverdue(task), "a wrong token completed " + id);
                return;
            }
        }
    }

    private boolean isOverdue(Map<String, String> task) {
        return Long.parseLong(task.get("deadline")) < run.now;
    }

    private void settle() {
        for (int i = 0; i < 6; i++) {
            run.now += seed % 3 == 0 ? 16_000 : 400;
            for (Gateway gateway : gateways) {
                if (gateway.alive) {
                    beat(gateway);
                }
            }
            for (int k = 0; k < 3; k++) {
                run.now += 301;
                run.sweep("G0");
            }
            for (Gateway gateway : gateways) {
                if (gateway.alive) {
                    for (Worker worker : gateway.workers.values()) {
                        if (worker.free()) {
                            ready(gateway, worker);
                        }
                    }
                    claimWhatIsOurs(gateway);
                }
            }
        }
        checkAlways();
        chunks.settle("G0");
        Set<String> idle = new TreeSet<>(run.idle());
        check(run.queue().isEmpty() || idle.isEmpty(), "tasks wait while workers are idle: " + run.queue() + idle);
        for (Gateway gateway : gateways) {
            for (Worker worker : gateway.workers.values()) {
                boolean lives = run.now - gateway.beatAt < ScriptRunner.LEASE;
                if (gateway.alive && lives && worker.free()) {
                    check(
                            idle.contains(worker.id),
                            "an idle socket is never used again: " + worker.id + run.worker(worker.id));
                }
                idle.remove(worker.id);
            }
        }
        for (String ghost : idle) {
            String owner = run.worker(ghost).get("gateway");
            boolean ownerLives = gateways.stream().anyMatch(it -> it.alive && it.id.equals(owner));
            check(!ownerLives, "a worker without a socket is idle: " + ghost);
        }
        for (String id : accepted) {
            Map<String, String> task = run.task(id);
            check(!task.isEmpty(), "lost: " + id);
        }
    }

    /** Of 2 to 41 bytes, so that the limit on their sum is met as well as the one on their number. */
    private String payload() {
        return "{" + " ".repeat(random.nextInt(40)) + "}";
    }

    private void checkAlways() {
        List<String> queue = run.queue();
        check(queue.size() == Set.copyOf(queue).size(), "a task waits twice: " + queue);
        Map<String, ScriptRunner.StoredTask> tasks = run.tasks();
        long lastSeq = 0;
        long bytes = 0;
        for (String id : queue) {
            check(tasks.containsKey(id), "waits, but is lost: " + id);
            Map<String, String> task = tasks.get(id).fields();
            long seq = Long.parseLong(task.getOrDefault("seq", "0"));
            check(seq > lastSeq, "the queue is out of order at " + id);
            lastSeq = seq;
            bytes += task.getOrDefault("payload", "").length();
        }
        String counted = run.redis.hget(run.base + "meta", "bytes");
        check(bytes == (counted == null ? 0 : Long.parseLong(counted)), "waiting bytes: " + bytes + " but " + counted);
        check(queue.size() <= MAX_QUEUE + 16, "the queue grew past its bound: " + queue.size());
        Set<String> open = new TreeSet<>(run.redis.zrange(run.base + "deadlines", 0, -1));
        List<String> idle = run.idle();
        tasks.forEach((id, task) -> checkTask(id, task, queue, open, idle));
        for (String worker : idle) {
            Map<String, String> w = run.worker(worker);
            check(w.containsKey("gateway") && !w.containsKey("gone"), "idle, but gone: " + worker + w);
            String last = w.getOrDefault("task", " ");
            Map<String, String> task = run.task(last.substring(0, last.indexOf(' ')));
            boolean bound = "executing".equals(task.get("status"))
                    && last.endsWith(' ' + task.get("token"))
                    && worker.equals(task.get("worker"));
            check(!bound, "idle, but at work: " + worker + w + task);
        }
    }

    private void checkTask(
            String id, ScriptRunner.StoredTask stored, List<String> queue, Set<String> open, List<String> idle) {
        Map<String, String> task = stored.fields();
        String status = String.valueOf(task.get("status"));
        boolean ended = Set.of("completed", "failed", "cancelled").contains(status);
        check(ended != open.contains(id), "deadline and status disagree: " + id + task);
        check(status.equals("queued") == queue.contains(id), "queue and status disagree: " + id + task);
        check(stored.pttl() > 0, "never expires: " + id);
        if (ended) {
            check(!task.containsKey("payload"), "payload kept: " + id);
            String outcome = status + ' ' + task.get("result") + ' ' + task.get("error");
            String before = outcomes.putIfAbsent(id, outcome);
            check(before == null || before.equals(outcome), "two outcomes: " + id + ' ' + before + ' ' + outcome);
        }
        if (status.equals("executing") && !task.containsKey("orphanedAt")) {
            Map<String, String> worker = run.worker(task.get("worker"));
            check(
                    !worker.containsKey("gone")
                            && (id + ' ' + task.get("token")).equals(worker.get("task"))
                            && !idle.contains(task.get("worker")),
                    "executing on nobody: " + id + task + worker);
        }
    }

    private List<String> call(Script script, Gateway gateway, Object... args) {
        boolean anyTime = script == Script.COMPLETE || script == Script.GONE || script == Script.CANCEL;
        return call(new Call(script, gateway.id, anyTime ? 0 : run.now + 2_000, args));
    }

    /** Makes a call; now and then it runs a second time at once, or is kept to run again much later. */
    private List<String> call(Call call) {
        List<String> reply = execute(call);
        if (random.nextInt(4) == 0) {
            List<String> again = execute(call);
            boolean handsOut = call.script == Script.COMPLETE && reply.size() == 5;
            if (handsOut) {
                check(
                        again.size() == 5 && again.subList(1, 3).equals(reply.subList(1, 3)),
                        "a replay handed out something else: " + reply + " then " + again);
            }
        }
        if (random.nextInt(7) == 0) {
            past.add(call);
        }
        return reply;
    }

    private void replay(Call call) {
        execute(call);
    }

    private List<String> execute(Call call) {
        return run.call(call.script, call.gateway, call.notAfter, call.args);
    }

    private boolean lost() {
        return random.nextInt(10) == 0;
    }

    private String name(String kind) {
        return kind + (++names);
    }

    private static String or(String text) {
        return text == null ? "" : text;
    }

    private void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("seed " + seed + ": " + what);
        }
    }
}
