package io.github.taskdispatcher.gateway.store.redis;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.ChunkStore.Chunk;
import io.github.taskdispatcher.gateway.store.ChunkStore.Followed;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.KeptRequest;
import io.github.taskdispatcher.gateway.store.ModelStore.Reason;
import io.github.taskdispatcher.gateway.store.ModelStore.Refusal;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Progress;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Makes values of the replies of the scripts. The header of each script names the words of its replies in order, and each method
 * here reads them in that order. Stateless, any thread.
 *
 * <p>A method throws {@link IllegalStateException} when a script answers a word that its header does not name, and when a call ran
 * too late: Redis changed nothing then, and the caller calls again.
 */
final class ReplyDecoder {

    private static final byte[] NONE = {};
    private static final String TAKEN = "taken ";

    private ReplyDecoder() {}

    /** The words of a reply, from left to right. */
    private static final class Words {

        private final Iterator<byte[]> rest;

        Words(List<byte[]> reply) {
            rest = reply.iterator();
        }

        boolean hasMore() {
            return rest.hasNext();
        }

        byte[] bytes() {
            return rest.next();
        }

        String text() {
            return RedisLink.text(rest.next());
        }

        /** 0 for an empty word. */
        long number() {
            String word = text();
            return word.isEmpty() ? 0 : Long.parseLong(word);
        }

        <E extends Enum<E>> E constant(Class<E> type) {
            return Enum.valueOf(type, text().toUpperCase(Locale.ROOT));
        }

        TaskId id() {
            return new TaskId(text());
        }

        /** The rest of a reply that gives an assignment, or null when nothing follows. */
        Assignment assignment() {
            return hasMore() ? new Assignment(id(), text(), number(), bytes()) : null;
        }

        /** The rest of a reply that describes a task. */
        TaskWords task() {
            return new TaskWords(
                    TaskStatus.of(text()),
                    number(),
                    number(),
                    text(),
                    number(),
                    text(),
                    number(),
                    number(),
                    bytes(),
                    text(),
                    text(),
                    text());
        }
    }

    /**
     * The words behind {@code task} in a reply of {@code look}, in their order.
     *
     * @param worker, endedBy, note, progress, progressMessage empty where the task has none
     * @param size of the result or error
     * @param value the result or error, empty when it is larger than the caller asked for
     */
    record TaskWords(
            TaskStatus status,
            long enqueuedAt,
            long startedAt,
            String worker,
            long endedAt,
            String endedBy,
            long position,
            long size,
            byte[] value,
            String note,
            String progress,
            String progressMessage) {

        private Replies.TaskView view() {
            return new Replies.TaskView(
                    status,
                    enqueuedAt,
                    startedAt,
                    worker.isEmpty() ? null : worker,
                    endedAt,
                    status.ended() ? outcome() : null,
                    position,
                    note,
                    status == TaskStatus.EXECUTING ? said() : null);
        }

        private Outcome outcome() {
            return new Outcome(
                    status,
                    Outcome.Cause.valueOf(endedBy.toUpperCase(Locale.ROOT)),
                    size > Outcome.INLINE_BYTES ? null : value,
                    size);
        }

        private Progress said() {
            return progress.isEmpty() && progressMessage.isEmpty()
                    ? null
                    : new Progress(
                            progress.isEmpty() ? null : Double.valueOf(progress),
                            progressMessage.isEmpty() ? null : progressMessage);
        }
    }

    static Submitted submitted(List<byte[]> reply) {
        Words words = new Words(reply);
        String word = words.text();
        return switch (word) {
            case "assigned" -> new Submitted.Assigned(words.text(), words.text(), words.number());
            case "remote" -> new Submitted.Remote(words.number());
            case "queued" -> new Submitted.Queued(words.number());
            case "exists" ->
                new Submitted.Exists(TaskStatus.of(words.text()), words.text(), words.text(), words.number());
            case "no-worker" -> new Submitted.NoWorker();
            case "full" -> new Submitted.Full();
            case "not-in-time" -> new Submitted.NotInTime(words.number());
            case "late" -> new Submitted.Late();
            default -> throw unexpected(word);
        };
    }

    static Replies.Withdrawn withdrawn(List<byte[]> reply) {
        return new Words(reply).constant(Replies.Withdrawn.class);
    }

    static Replies.Cancelled cancelled(List<byte[]> reply) {
        return new Words(reply).constant(Replies.Cancelled.class);
    }

    /** When the client left; empty when that was not noted. */
    static OptionalLong abandoned(List<byte[]> reply) {
        Words words = new Words(reply);
        String word = words.text();
        return switch (word) {
            case "noted" -> OptionalLong.of(words.number());
            case "kept" -> OptionalLong.empty();
            default -> throw unexpected(word);
        };
    }

    /** Empty when the claim was refused. */
    static Optional<Assignment> claimed(List<byte[]> reply) {
        Words words = new Words(reply);
        String word = words.text();
        return switch (word) {
            case "task" -> Optional.of(words.assignment());
            case "refused" -> Optional.empty();
            default -> throw unexpected(word);
        };
    }

    static Replies.Joined joined(List<byte[]> reply) {
        return new Words(reply).constant(Replies.Joined.class);
    }

    /** The new assignment of the task, without its payload; empty when it was refused. */
    static Optional<Assignment> resumed(TaskId id, List<byte[]> reply) {
        Words words = new Words(reply);
        String word = words.text();
        return switch (word) {
            case "resumed" -> Optional.of(new Assignment(id, words.text(), words.number(), NONE));
            case "refused" -> Optional.empty();
            default -> throw unexpected(word);
        };
    }

    static Replies.Ready ready(List<byte[]> reply) {
        Words words = new Words(reply);
        return new Replies.Ready(words.constant(Replies.Ready.Word.class), words.assignment());
    }

    static Replies.Completed completed(List<byte[]> reply) {
        Words words = new Words(reply);
        Replies.Completed.Outcome word = words.constant(Replies.Completed.Outcome.class);
        return word == Replies.Completed.Outcome.EARLY
                ? new Replies.Completed(word, null, words.number())
                : new Replies.Completed(word, words.assignment(), 0);
    }

    static Replies.Beat beat(List<byte[]> reply) {
        Words words = new Words(reply);
        boolean lapsed = words.text().equals("lapsed");
        List<Replies.Unclaimed> unclaimed = new ArrayList<>();
        List<Replies.Told> cancelled = new ArrayList<>();
        while (words.hasMore()) {
            TaskId id = words.id();
            String worker = words.text();
            String token = words.text();
            if (token.isEmpty()) {
                cancelled.add(new Replies.Told(id, worker));
            } else {
                unclaimed.add(new Replies.Unclaimed(id, worker, token));
            }
        }
        return new Replies.Beat(lapsed, unclaimed, cancelled);
    }

    static Replies.Swept swept(List<byte[]> reply) {
        Words words = new Words(reply);
        boolean more = words.text().equals("more");
        if (words.hasMore()) {
            // How many workers were given up: only the tests of the script read it.
            words.number();
        }
        List<TaskId> ended = new ArrayList<>();
        while (words.hasMore()) {
            ended.add(words.id());
        }
        return new Replies.Swept(ended, more);
    }

    /** Empty when there is no such task for the caller. */
    static Optional<Replies.TaskView> view(List<byte[]> reply) {
        return view(new Words(reply));
    }

    private static Optional<Replies.TaskView> view(Words words) {
        return words.text().equals("task") ? Optional.of(words.task().view()) : Optional.empty();
    }

    /** Empty when there is no such task for the caller. */
    static Optional<Followed> followed(List<byte[]> reply) {
        Words words = new Words(reply);
        return view(words).map(view -> {
            long last = words.number();
            List<Chunk> chunks = new ArrayList<>();
            while (words.hasMore()) {
                chunks.add(new Chunk(words.number(), words.bytes()));
            }
            return new Followed(view, last, chunks);
        });
    }

    /** The number of the first chunk among those of the task; empty when none was stored. */
    static OptionalLong stored(List<byte[]> reply) {
        Words words = new Words(reply);
        return words.text().equals("stored") ? OptionalLong.of(words.number()) : OptionalLong.empty();
    }

    static GroupStore.Entry entered(List<byte[]> reply) {
        String word = new Words(reply).text();
        return switch (word) {
            case "kept" -> GroupStore.Entry.KEPT;
            case "full" -> GroupStore.Entry.FULL;
            case "holder-full" -> GroupStore.Entry.HOLDER_FULL;
            default -> throw unexpected(word);
        };
    }

    /** Whether the group's tasks are found by its name. */
    static boolean accepted(List<byte[]> reply) {
        return new Words(reply).text().equals("noted");
    }

    /** Until when no worker is given up, in Redis ms. */
    static long begun(List<byte[]> reply) {
        Words words = new Words(reply);
        words.text();
        return words.number();
    }

    /** What the key of a request holds now. */
    static KeptRequest kept(List<byte[]> reply) {
        Words words = new Words(reply);
        words.text();
        return KeptRequest.parse(words.text());
    }

    /** @param models those declared, in their order */
    static List<Refusal> refusals(List<String> models, List<byte[]> reply) {
        Words words = new Words(reply);
        words.text();
        List<Refusal> refused = new ArrayList<>();
        for (String model : models) {
            refusal(model, words.text()).ifPresent(refused::add);
        }
        return refused;
    }

    private static Optional<Refusal> refusal(String model, String word) {
        if (word.startsWith(TAKEN)) {
            GroupName owner = new GroupName(word.substring(TAKEN.length()));
            return Optional.of(new Refusal(model, Reason.TAKEN, owner));
        }
        return switch (word) {
            case "own" -> Optional.empty();
            case "full" -> Optional.of(new Refusal(model, Reason.FULL, null));
            case "holder-full" -> Optional.of(new Refusal(model, Reason.HOLDER_FULL, null));
            default -> throw unexpected(word);
        };
    }

    /** For a caller that needs no word of the reply. */
    static Void nothing(List<byte[]> reply) {
        return null;
    }

    private static IllegalStateException unexpected(String word) {
        return new IllegalStateException(word.equals("late") ? "the call came too late" : "a script answered " + word);
    }
}
