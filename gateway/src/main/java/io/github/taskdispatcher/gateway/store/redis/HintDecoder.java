package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.TaskStore.Hints;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads the hints of the scripts; {@link Keys} lists them. It ignores a hint that it does not know: a newer gateway may send it.
 * Stateless, any thread.
 */
final class HintDecoder {

    private HintDecoder() {}

    /** The words of a hint, from left to right, and the bytes behind them. */
    private static final class Words {

        private final byte[] hint;
        private int at;

        Words(byte[] hint) {
            this.hint = hint;
        }

        boolean hasMore() {
            return at < hint.length;
        }

        /** The next word; empty at the end. */
        String next() {
            int from = at;
            while (at < hint.length && hint[at] != ' ') {
                at++;
            }
            String word = new String(hint, from, at - from, UTF_8);
            at = Math.min(at + 1, hint.length);
            return word;
        }

        byte[] rest() {
            return Arrays.copyOfRange(hint, at, hint.length);
        }

        /** The next bytes, or null when the hint has fewer. */
        byte[] bytes(int count) {
            if (count > hint.length - at) {
                return null;
            }
            at += count;
            return Arrays.copyOfRange(hint, at - count, at);
        }
    }

    /** Calls the method that the hint stands for. */
    static void tell(Hints hints, byte[] hint) {
        Words words = new Words(hint);
        String kind = words.next();
        Optional<TaskId> id = TaskId.parse(words.next());
        if (id.isEmpty()) {
            return;
        }
        switch (kind) {
            case "done" -> hints.done(id.get(), words.hasMore() ? outcome(words) : null);
            case "assigned" -> assigned(hints, id.get(), words);
            case "cancel" -> cancelled(hints, id.get(), words);
            case "chunk" -> {
                if (words.hasMore()) {
                    hints.said(id.get(), Long.parseLong(words.next()), chunks(words));
                }
            }
            default -> {
                // Of a newer gateway.
            }
        }
    }

    private static void assigned(Hints hints, TaskId id, Words words) {
        String worker = words.next();
        String token = words.next();
        if (!token.isEmpty()) {
            hints.assigned(id, worker, token);
        }
    }

    private static void cancelled(Hints hints, TaskId id, Words words) {
        String worker = words.next();
        if (!worker.isEmpty() && !words.hasMore()) {
            hints.cancelled(id, worker);
        }
    }

    /** Null when the hint does not bring it along. */
    private static Outcome outcome(Words words) {
        TaskStatus status = TaskStatus.of(words.next());
        String endedBy = words.next();
        if (endedBy.isEmpty()) {
            return null;
        }
        byte[] value = words.rest();
        return new Outcome(status, Outcome.Cause.valueOf(endedBy.toUpperCase(Locale.ROOT)), value, value.length);
    }

    /** Empty when the hint does not bring them along. */
    private static List<byte[]> chunks(Words words) {
        List<byte[]> chunks = new ArrayList<>();
        if (!words.hasMore()) {
            return chunks;
        }
        for (String size : words.next().split(",")) {
            byte[] chunk = words.bytes(Integer.parseInt(size));
            if (chunk == null) {
                return List.of();
            }
            chunks.add(chunk);
        }
        return chunks;
    }
}
