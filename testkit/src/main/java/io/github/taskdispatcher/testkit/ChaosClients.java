package io.github.taskdispatcher.testkit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;

/**
 * Clients that send one request after the other, to any gateway, half of them held until the task has ended, and write into
 * the ledger what they are told. Each holds a thread of the timer while it waits.
 */
public final class ChaosClients {

    /** The tasks' own timeout; some are given too little time on purpose. */
    private static final int TIMEOUT_MS = 15_000;
    /** What a request may take beyond its task's timeout: a frozen gateway is thawed after at most 6 s. */
    private static final int HANG_MS = 15_000;

    private final HttpClient http;
    private final ScheduledExecutorService timer;
    private final IntSupplier port;
    private final Ledger ledger;
    private final AtomicLong requests = new AtomicLong();
    /** Those that have not stopped yet. */
    private final AtomicInteger busy = new AtomicInteger();

    private volatile boolean stopped;

    /** @param port of some gateway, asked for each request */
    public ChaosClients(HttpClient http, ScheduledExecutorService timer, IntSupplier port, Ledger ledger) {
        this.http = http;
        this.timer = timer;
        this.port = port;
        this.ledger = ledger;
    }

    public void start(int clients) {
        busy.addAndGet(clients);
        for (int i = 0; i < clients; i++) {
            timer.execute(this::submit);
        }
    }

    /** No further request is sent; those under way end, see {@link #areAnswered}. */
    public void stop() {
        stopped = true;
    }

    /** After {@link #stop}: whether every client knows what became of its last request. */
    public boolean areAnswered() {
        return busy.get() == 0;
    }

    private void submit() {
        if (stopped) {
            busy.decrementAndGet();
            return;
        }
        long number = requests.incrementAndGet();
        ThreadLocalRandom chance = ThreadLocalRandom.current();
        int takes = chance.nextInt(20) == 0 ? 3_000 : chance.nextInt(80);
        int timeout = chance.nextInt(20) == 0 ? 1_500 : TIMEOUT_MS;
        String body = "{\"group\":\"chaos\",\"async\":" + chance.nextBoolean() + ",\"timeout\":" + timeout
                + ",\"data\":{\"number\":" + number + ",\"takes\":" + takes + "}}";
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port.getAsInt() + "/api/openai"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofMillis(timeout + HANG_MS))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        int pause = 10;
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            note(number, response);
            pause = response.statusCode() == 503 ? 200 : 10;
        } catch (HttpTimeoutException e) {
            // A refused connection says so at once; this one was accepted and then nobody answered.
            ledger.violation("request " + number + " hung for " + (timeout + HANG_MS) + " ms");
        } catch (IOException | InterruptedException broken) {
            pause = 100;
        }
        timer.schedule(this::submit, pause, TimeUnit.MILLISECONDS);
    }

    private void note(long number, HttpResponse<String> response) {
        var answer = ledger.answered(number, response);
        if (answer.has("result") && answer.path("result").path("number").asLong() != number) {
            ledger.violation("request " + number + " got the result " + answer.path("result"));
        }
    }
}
