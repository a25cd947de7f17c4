package io.github.taskdispatcher.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * Holds a ledger against what the gateways and Redis say once nothing is broken any more; what does not fit goes into the
 * ledger as a violation. For one thread, which waits.
 */
public final class Audit {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Ledger ledger;
    private final HttpClient http;
    private final IntSupplier port;
    private final String redisUrl;

    /** @param port of some gateway that runs, asked for each request */
    public Audit(Ledger ledger, HttpClient http, IntSupplier port, String redisUrl) {
        this.ledger = ledger;
        this.http = http;
        this.port = port;
        this.redisUrl = redisUrl;
    }

    /** Waits until every accepted task has ended; its outcome must be the one that was told before, and stay. */
    public void awaitOutcomes(int limitSeconds) throws Exception {
        Set<String> open = new TreeSet<>(ledger.acceptedIds());
        await("every accepted task has ended", limitSeconds, () -> {
            open.removeIf(this::hasEnded);
            return open.isEmpty();
        });
        ledger.acceptedIds().forEach(this::hasEnded);
    }

    /**
     * Waits until nothing waits or runs and all workers are idle; then no key may be left that nobody would ever remove.
     *
     * @param base of the group's keys, such as {@code td:{default}:}
     * @param workers how many are connected
     */
    public void awaitNothingLeft(String base, int workers, int limitSeconds) throws Exception {
        try (RedisClient client = RedisClient.create(redisUrl)) {
            RedisCommands<String, String> redis = client.connect().sync();
            String expected = "idle " + workers + ", workers " + workers + ", queue 0, deadlines 0";
            String[] state = {""};
            await(expected, limitSeconds, () -> {
                state[0] = "idle " + redis.zcard(base + "idle") + ", workers " + redis.scard(base + "workers")
                        + ", queue " + redis.llen(base + "queue") + ", deadlines " + redis.zcard(base + "deadlines");
                return state[0].equals(expected);
            });
            if (!state[0].equals(expected)) {
                ledger.violation("left behind: " + state[0]);
            }
            for (String key : redis.keys(base + "task:*")) {
                if (redis.pttl(key) == -1) {
                    ledger.violation("never expires: " + key);
                }
            }
            Set<String> live = redis.smembers(base + "workers");
            for (String key : redis.keys(base + "worker:*")) {
                if (redis.pttl(key) == -1 && !live.contains(key.substring((base + "worker:").length()))) {
                    ledger.violation("a worker that left never expires: " + key);
                }
            }
            List<String> unclaimed = redis.keys(base + "unclaimed:*");
            if (!unclaimed.isEmpty()) {
                ledger.violation("left behind: " + unclaimed);
            }
            String bytes = redis.hget(base + "meta", "bytes");
            if (bytes != null && !bytes.equals("0")) {
                ledger.violation("an empty queue weighs " + bytes + " bytes");
            }
        }
    }

    /** Waits for a condition; one that does not come is a violation, one that cannot be asked just now is asked again. */
    public void await(String what, int limitSeconds, Callable<Boolean> condition) throws Exception {
        long giveUpAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (IOException | RedisException notYet) {
                // Asked again.
            }
            if (System.nanoTime() > giveUpAt) {
                ledger.violation("waited " + limitSeconds + " s in vain for: " + what);
                return;
            }
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private boolean hasEnded(String id) {
        try {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + port.getAsInt() + "/api/task/" + id))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 404) {
                ledger.violation("lost: " + id);
                return true;
            }
            JsonNode task = JSON.readTree(response.body());
            boolean ended =
                    Set.of("completed", "failed").contains(task.path("status").asText());
            if (ended) {
                ledger.ended(id, task);
            }
            return ended;
        } catch (IOException | InterruptedException notNow) {
            return false;
        }
    }
}
