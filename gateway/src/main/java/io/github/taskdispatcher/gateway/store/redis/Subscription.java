package io.github.taskdispatcher.gateway.store.redis;

import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This gateway's subscription to hints. A connection that only listens does not notice that it is dead. So the gateway publishes a
 * word to itself now and then, and replaces the subscription when the word does not arrive. Any thread.
 */
final class Subscription {

    private static final Logger log = LoggerFactory.getLogger(Subscription.class);
    /** No hint begins so. */
    private static final String ECHO = "echo ";

    private final Supplier<CompletionStage<StatefulRedisPubSubConnection<String, byte[]>>> connect;
    private final String channel;
    private final Listener listener;
    private final AtomicBoolean replacing = new AtomicBoolean();
    private volatile StatefulRedisPubSubConnection<String, byte[]> connection;
    private final AtomicLong words = new AtomicLong();
    /** The last word that Redis took since the subscription began; empty for none. */
    private volatile String said = "";

    private volatile String heard = "";

    /**
     * @param first subscribed now
     * @param connect makes another one
     * @param onSubscribed runs after each subscription and each reconnection, when hints may have been lost
     */
    Subscription(
            StatefulRedisPubSubConnection<String, byte[]> first,
            Supplier<CompletionStage<StatefulRedisPubSubConnection<String, byte[]>>> connect,
            String channel,
            Consumer<byte[]> onHint,
            Runnable onSubscribed) {
        this.connect = connect;
        this.channel = channel;
        listener = new Listener(onHint, onSubscribed);
        use(first);
    }

    private void use(StatefulRedisPubSubConnection<String, byte[]> next) {
        next.addListener(listener);
        next.async().subscribe(channel);
        connection = next;
    }

    /**
     * Says a word, and replaces the subscription when the one before was not heard.
     *
     * @param publish sends a text to the channel, by another connection. If it fails, the subscription is not judged
     */
    CompletableFuture<Void> check(Function<String, CompletionStage<Long>> publish) {
        String before = said;
        String word = ECHO + words.incrementAndGet();
        return publish.apply(word)
                .<Void>handle((receivers, failure) -> {
                    // Judged only now: whatever came before this reply has been handled, however long we were asleep.
                    boolean deaf = said.equals(before)
                            && !before.isEmpty()
                            && !Set.of(before, word).contains(heard);
                    if (failure == null && deaf && replacing.compareAndSet(false, true)) {
                        log.warn("hints of other gateways do not arrive, listening anew");
                        replace();
                    } else if (failure == null && said.equals(before)) {
                        said = word;
                    }
                    return null;
                })
                .toCompletableFuture();
    }

    private void replace() {
        StatefulRedisPubSubConnection<String, byte[]> deaf = connection;
        connect.get().whenComplete((next, failure) -> {
            replacing.set(false);
            if (failure == null) {
                use(next);
                deaf.closeAsync();
            }
        });
    }

    private final class Listener extends RedisPubSubAdapter<String, byte[]> {
        private final Consumer<byte[]> onHint;
        private final Runnable onSubscribed;

        Listener(Consumer<byte[]> onHint, Runnable onSubscribed) {
            this.onHint = onHint;
            this.onSubscribed = onSubscribed;
        }

        @Override
        public void message(String from, byte[] hint) {
            if (hint.length > 0 && hint[0] == ECHO.charAt(0)) {
                heard = RedisLink.text(hint);
            } else {
                onHint.accept(hint);
            }
        }

        @Override
        public void subscribed(String to, long count) {
            said = "";
            onSubscribed.run();
        }
    }
}
