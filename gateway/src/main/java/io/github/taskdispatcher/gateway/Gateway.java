package io.github.taskdispatcher.gateway;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.access.KeyFileWatcher;
import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.DashboardConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.Payloads;
import io.github.taskdispatcher.gateway.dashboard.DashboardApi;
import io.github.taskdispatcher.gateway.dashboard.DashboardSource;
import io.github.taskdispatcher.gateway.dashboard.Operators;
import io.github.taskdispatcher.gateway.http.ClientRequests;
import io.github.taskdispatcher.gateway.http.CrossOrigin;
import io.github.taskdispatcher.gateway.http.HttpApi;
import io.github.taskdispatcher.gateway.http.KeyHeaders;
import io.github.taskdispatcher.gateway.http.MessageFraming;
import io.github.taskdispatcher.gateway.http.RequestIds;
import io.github.taskdispatcher.gateway.http.TaskHandler;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.limits.BoundedExecutor;
import io.github.taskdispatcher.gateway.openai.OpenAiHandler;
import io.github.taskdispatcher.gateway.store.StoreHealth;
import io.github.taskdispatcher.gateway.store.UnusableStoreException;
import io.github.taskdispatcher.gateway.store.redis.RedisTaskStore;
import io.github.taskdispatcher.gateway.ws.UpgradeGuard;
import io.github.taskdispatcher.gateway.ws.WorkerUpgrade;
import io.javalin.Javalin;
import io.javalin.http.servlet.JavalinServlet;
import io.lettuce.core.RedisException;
import java.net.BindException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One running gateway: puts the parts together and takes them apart again. Several may run in one process, as tests do.
 *
 * <p>Threads: Jetty's selectors, one for each core, read and handle requests and frames; the Redis client's thread handles
 * what Redis says, and writes the answers that follow; one {@code timer} thread starts what is due. None of them ever
 * blocks. What may, the rarer requests behind Javalin and answers that are large, runs on Jetty's pool. So does what takes long:
 * large bodies, messages and results are parsed there, on at most half as many threads as there are cores.
 */
public final class Gateway implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Gateway.class);
    private static final long READY_CACHE_NANOS = 1_000_000_000L;
    private static final long LAST_ROUNDS_MS = 1_000;
    private static final long START_LIMIT_MS = 5_000;

    /** So many requests of the rarer routes are worked on at once: none waits for anything, and each takes some 400 KB. */
    private static final int RARER_AT_ONCE = 16;

    private final GatewayConfig config;
    private final ScheduledThreadPoolExecutor timer;
    private final RedisTaskStore store;
    private final Journal journal;
    private final Engine engine;
    private final DashboardApi dashboard;
    private final KeyFileWatcher keyFiles;
    private final GatewayServer server;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile CompletableFuture<StoreHealth> health;
    private volatile long healthAskedAt;

    private Gateway(GatewayConfig config, String nonce) {
        this.config = config;
        timer = new ScheduledThreadPoolExecutor(1, threads("timer"));
        timer.setRemoveOnCancelPolicy(true);
        try {
            store = new RedisTaskStore(config, "G-" + nonce);
        } catch (RuntimeException e) {
            timer.shutdownNow();
            throw e;
        }
        DashboardConfig board = config.dashboard();
        journal = new Journal(
                store.records(),
                store::now,
                "G-" + nonce,
                board.payloads() == Payloads.SHOW,
                board.payloads() != Payloads.HIDDEN);
        engine = new Engine(store, store.records(), journal, config, nonce, timer);
        QueuedThreadPool pool = new QueuedThreadPool(250, 8, 60_000);
        pool.setName("http");
        Access access = new Access(config.access(), store::now);
        keyFiles = new KeyFileWatcher(access, config.access(), timer, pool);
        // Half of the cores are left to small tasks, however many large bodies come.
        Executor heavy =
                new BoundedExecutor(pool, Math.max(1, Runtime.getRuntime().availableProcessors() / 2));
        ClientRequests clients = new ClientRequests(engine.dispatcher(), config, access, pool, heavy, timer);
        TaskHandler tasks =
                new TaskHandler(engine.dispatcher(), config.tasks(), clients, new BoundedExecutor(pool, RARER_AT_ONCE));
        OpenAiHandler openAi = new OpenAiHandler(engine.dispatcher(), engine.models(), config.tasks(), clients, heavy);
        dashboard = new DashboardApi(
                new DashboardSource(journal.gatewayId(), store.board(), store.groups()),
                engine.dispatcher(),
                config,
                new Operators(access, store.sessions(), board.readOnly()),
                timer,
                pool);
        server = new GatewayServer(
                config.host(),
                config.port(),
                pool,
                List.of(
                        new RequestIds(nonce),
                        new CrossOrigin(access, OpenAiHandler::error),
                        new MessageFraming(OpenAiHandler::error),
                        new KeyHeaders(OpenAiHandler::error),
                        new UpgradeGuard(),
                        openAi,
                        tasks),
                new WorkerUpgrade(engine.workers(), config, access, heavy),
                new JavalinServlet(javalin(access).unsafe));
    }

    /** The rarer routes. Only Javalin's servlet is used, not its server, see {@link GatewayServer}. */
    private Javalin javalin(Access access) {
        return Javalin.create(javalin -> {
            javalin.startup.showJavalinBanner = false;
            javalin.startup.showOldJavalinVersionWarning = false;
            javalin.startup.startupWatcherEnabled = false;
            javalin.http.prefer405over404 = true;
            javalin.http.asyncTimeout = 0;
            javalin.http.maxRequestSize = config.tasks().maxBodyBytes();
            javalin.http.defaultContentType = "application/json";
            new HttpApi(access, this::health).addTo(javalin.routes);
            dashboard.addTo(javalin.routes);
        });
    }

    /**
     * Connects to Redis, listens, and returns when requests can come. Waits while Redis loads its data.
     *
     * @throws GatewayStartException when Redis cannot be reached or used, or the port is taken
     */
    public static Gateway start(GatewayConfig config) throws GatewayStartException {
        byte[] random = new byte[4];
        new SecureRandom().nextBytes(random);
        Gateway gateway;
        try {
            gateway = new Gateway(config, HexFormat.of().formatHex(random));
        } catch (UnusableStoreException e) {
            throw new GatewayStartException(e.getMessage(), e);
        } catch (RedisException | CompletionException e) {
            throw new GatewayStartException("Redis went away while the gateway started. Start the gateway again.", e);
        }
        try {
            gateway.engine.start();
            gateway.server.start();
            gateway.keyFiles.start();
            gateway.journal.listensAt(config.host() + ":" + gateway.port());
        } catch (Exception e) {
            gateway.close();
            Throwable root = rootCause(e);
            String why = root instanceof BindException
                            || String.valueOf(e.getMessage()).contains("in use")
                    ? "PORT " + config.port() + " on HOST " + config.host()
                            + " cannot be listened on (taken already?): "
                    : "The HTTP server does not start: ";
            throw new GatewayStartException(why + root.getMessage(), e);
        }
        return gateway;
    }

    private static Throwable rootCause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** Whether requests should come here; asks Redis at most once a second, and waits half a second at most. */
    private CompletableFuture<StoreHealth> health() {
        if (engine.lifecycle().isDraining()) {
            return CompletableFuture.completedFuture(StoreHealth.unusable("this gateway is stopping"));
        }
        CompletableFuture<StoreHealth> known = health;
        if (known == null || System.nanoTime() - healthAskedAt > READY_CACHE_NANOS) {
            known = store.health()
                    .completeOnTimeout(StoreHealth.unusable("Redis does not answer"), 500, TimeUnit.MILLISECONDS);
            health = known;
            healthAskedAt = System.nanoTime();
        }
        return known;
    }

    /**
     * What an operator should change in Redis, in words, or why it cannot be used. Asks Redis, and waits for it: at start-up longer
     * than a probe of {@code /readyz} would.
     */
    public List<String> warnings() {
        StoreHealth found = store.health()
                .completeOnTimeout(StoreHealth.unusable("Redis does not answer"), START_LIMIT_MS, TimeUnit.MILLISECONDS)
                .join();
        List<String> warnings = new ArrayList<>(found.warnings());
        if (found.problem() != null) {
            warnings.add(found.problem());
        }
        return warnings;
    }

    /** The port it listens on. */
    public int port() {
        return server.port();
    }

    /**
     * Stops: lets running tasks and held requests end, at most for the configured grace time, then closes every connection.
     * Nothing is lost; what is not done by then goes on through other gateways. A second call returns at once.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            // Held requests are answered before Jetty stops: one completed after it would spin a thread for ever.
            engine.drain(config.shutdownGraceMs()).get(config.shutdownGraceMs() + 10_000, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("draining ended early: {}", e.toString());
        }
        // So must listening pages be let go.
        dashboard.close();
        try {
            server.stop();
        } catch (Exception e) {
            log.debug("the HTTP server did not stop cleanly: {}", e.getMessage());
        }
        try {
            engine.stop().get(LAST_ROUNDS_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.debug("a service still works: {}", e.toString());
        }
        engine.deregister().join();
        timer.shutdownNow();
        store.close();
    }

    private static ThreadFactory threads(String name) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }
}
