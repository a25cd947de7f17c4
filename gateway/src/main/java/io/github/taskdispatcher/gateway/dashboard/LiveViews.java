package io.github.taskdispatcher.gateway.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** The pages that listen, and the second hand that tells them what changed. It stands still when no page listens. */
final class LiveViews {

    /** So many pages at once; one more is asked to poll. */
    static final int MAX = 200;

    private static final long INTERVAL_MS = 1_000;

    private final ViewCache views;
    private final LongSupplier clock;
    private final ScheduledExecutorService timer;
    private final Operators operators;
    private final ConcurrentMap<EventStream, Listener> streams = new ConcurrentHashMap<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private volatile boolean closed;

    private record Listener(ViewQuery query, Operators.Credentials asker) {}

    /** @param clock Redis time in ms */
    LiveViews(ViewCache views, Operators operators, LongSupplier clock, ScheduledExecutorService timer) {
        this.operators = operators;
        this.views = views;
        this.clock = clock;
        this.timer = timer;
    }

    boolean isFull() {
        return closed || streams.size() >= MAX;
    }

    /** @param asker whose stream it is; when the asker may no longer see the pages, the stream ends within a second */
    void add(EventStream stream, ViewQuery query, Operators.Credentials asker) {
        streams.put(stream, new Listener(query, asker));
        stream.done().whenComplete((done, never) -> streams.remove(stream));
        send(query, List.of(stream));
        if (closed) {
            stream.close();
        } else if (running.compareAndSet(false, true)) {
            timer.schedule(this::beat, INTERVAL_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void beat() {
        if (streams.isEmpty()) {
            running.set(false);
            // A page may have come between the two.
            if (streams.isEmpty() || !running.compareAndSet(false, true)) {
                return;
            }
        }
        operators.refresh().whenComplete((known, never) -> tellAll());
        timer.schedule(this::beat, INTERVAL_MS, TimeUnit.MILLISECONDS);
    }

    private void tellAll() {
        streams.forEach((stream, listener) -> {
            if (!operators.isIn(listener.asker)) {
                stream.close();
            }
        });
        Map<ViewQuery, List<EventStream>> byQuery = streams.entrySet().stream()
                .collect(Collectors.groupingBy(
                        entry -> entry.getValue().query, Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
        byQuery.forEach(this::send);
    }

    private void send(ViewQuery query, List<EventStream> listeners) {
        views.get(query).whenComplete((json, failure) -> {
            byte[] tick = ("{\"now\":" + clock.getAsLong() + ",\"redis\":" + (failure == null) + "}").getBytes(UTF_8);
            for (EventStream stream : listeners) {
                if (failure == null) {
                    stream.offer(json);
                }
                stream.tick(tick);
            }
        });
    }

    /** Lets every page go; none comes after. */
    void close() {
        closed = true;
        streams.keySet().forEach(EventStream::close);
    }
}
