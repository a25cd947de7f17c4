package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.ModelStore.Reason;
import io.github.taskdispatcher.gateway.store.ModelStore.Refusal;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Progress;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ReplyDecoderTest {

    private static final String ID = "1e9651fd-6aa1-8b2c-9d5e-0242ac120002";
    private static final TaskId TASK = new TaskId(ID);

    private static List<byte[]> reply(String... words) {
        return Stream.of(words).map(RedisLink::bytes).toList();
    }

    static Stream<Arguments> submits() {
        return Stream.of(
                Arguments.of(reply("assigned", "W", "1", "7"), new Submitted.Assigned("W", "1", 7)),
                Arguments.of(reply("remote", "7"), new Submitted.Remote(7)),
                Arguments.of(reply("queued", "7"), new Submitted.Queued(7)),
                Arguments.of(
                        reply("exists", "executing", "W", "2", "7"),
                        new Submitted.Exists(TaskStatus.EXECUTING, "W", "2", 7)),
                Arguments.of(reply("no-worker"), new Submitted.NoWorker()),
                Arguments.of(reply("full"), new Submitted.Full()),
                Arguments.of(reply("not-in-time", "30"), new Submitted.NotInTime(30)),
                Arguments.of(reply("late"), new Submitted.Late()));
    }

    @ParameterizedTest
    @MethodSource("submits")
    void eachWordOfASubmit(List<byte[]> reply, Submitted submitted) {
        assertThat(ReplyDecoder.submitted(reply)).isEqualTo(submitted);
    }

    static Stream<Function<List<byte[]>, ?>> decoders() {
        return Stream.of(
                ReplyDecoder::submitted,
                ReplyDecoder::withdrawn,
                ReplyDecoder::cancelled,
                ReplyDecoder::abandoned,
                ReplyDecoder::claimed,
                ReplyDecoder::joined,
                ReplyDecoder::ready,
                ReplyDecoder::completed,
                ReplyDecoder::entered,
                reply -> ReplyDecoder.resumed(TASK, reply));
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void aWordThatNoScriptSaysIsAnError(Function<List<byte[]>, ?> decoder) {
        assertThatThrownBy(() -> decoder.apply(reply("odd"))).isInstanceOf(RuntimeException.class);
    }

    /** So the caller calls again: Redis changed nothing. */
    @Test
    void aCallThatRanTooLateIsAnError() {
        assertThatThrownBy(() -> ReplyDecoder.claimed(reply("late")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the call came too late");
        assertThatThrownBy(() -> ReplyDecoder.abandoned(reply("late"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> ReplyDecoder.resumed(TASK, reply("late"))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anAssignmentBehindItsWord() {
        var ready = ReplyDecoder.ready(reply("task", ID, "2", "5000", "{}"));
        assertThat(ready.word()).isEqualTo(Replies.Ready.Word.TASK);
        assertThat(ready.task().id()).isEqualTo(TASK);
        assertThat(ready.task().token()).isEqualTo("2");
        assertThat(ready.task().remainingMs()).isEqualTo(5000);
        assertThat(ready.task().payload()).asString().isEqualTo("{}");
        assertThat(ReplyDecoder.ready(reply("idle")).task()).isNull();
        assertThat(ReplyDecoder.claimed(reply("refused"))).isEmpty();
        assertThat(ReplyDecoder.resumed(TASK, reply("resumed", "3", "70")))
                .hasValueSatisfying(
                        task -> assertThat(task.token() + task.remainingMs()).isEqualTo("370"));
    }

    @Test
    void anAnswerThatCameEarlyTellsWhen() {
        assertThat(ReplyDecoder.completed(reply("early", "1000")))
                .isEqualTo(new Replies.Completed(Replies.Completed.Outcome.EARLY, null, 1000));
        assertThat(ReplyDecoder.completed(reply("recorded")).next()).isNull();
        assertThat(ReplyDecoder.completed(reply("stale", ID, "1", "5", "{}"))
                        .next()
                        .id())
                .isEqualTo(TASK);
    }

    @Test
    void aBeatTellsOfAssignmentsAndOfCancelledTasks() {
        assertThat(ReplyDecoder.beat(reply("lapsed", ID, "W1", "4", ID, "W2", "")))
                .isEqualTo(new Replies.Beat(
                        true, List.of(new Replies.Unclaimed(TASK, "W1", "4")), List.of(new Replies.Told(TASK, "W2"))));
        assertThat(ReplyDecoder.beat(reply("held")).lapsed()).isFalse();
    }

    @Test
    void aSweepTellsWhatItEnded() {
        assertThat(ReplyDecoder.swept(reply("more", "1", ID))).isEqualTo(new Replies.Swept(List.of(TASK), true));
        assertThat(ReplyDecoder.swept(reply("fresh"))).isEqualTo(new Replies.Swept(List.of(), false));
    }

    @Test
    void aTaskThatWaits() {
        assertThat(ReplyDecoder.view(reply("task", "queued", "10", "", "", "", "", "3", "0", "", "note", "", "")))
                .contains(new Replies.TaskView(TaskStatus.QUEUED, 10, 0, null, 0, null, 3, "note", null));
        assertThat(ReplyDecoder.view(reply("unknown"))).isEmpty();
    }

    @Test
    void aTaskThatRunsTellsItsProgress() {
        assertThat(ReplyDecoder.view(
                        reply("task", "executing", "10", "20", "W", "", "", "", "0", "", "", "0.5", "half")))
                .contains(new Replies.TaskView(
                        TaskStatus.EXECUTING, 10, 20, "W", 0, null, 0, "", new Progress(0.5, "half")));
    }

    @Test
    void aTaskThatEndedTellsItsOutcome() {
        var view = ReplyDecoder.view(
                        reply("task", "completed", "10", "20", "W", "30", "answer", "", "2", "{}", "", "0.5", ""))
                .orElseThrow();
        assertThat(view.outcome().endedBy()).isEqualTo(Outcome.Cause.ANSWER);
        assertThat(view.outcome().value()).asString().isEqualTo("{}");
        assertThat(view.endedAt()).isEqualTo(30);
        assertThat(view.progress()).as("kept while it runs only").isNull();
        var large =
                ReplyDecoder.view(reply("task", "failed", "1", "2", "W", "3", "lost", "", "1000000", "", "", "", ""));
        assertThat(large.orElseThrow().outcome().value()).as("read by itself").isNull();
        assertThat(large.orElseThrow().outcome().size()).isEqualTo(1_000_000);
    }

    @Test
    void chunksBehindATask() {
        var followed = ReplyDecoder.followed(reply(
                        "task", "executing", "1", "2", "W", "", "", "", "0", "", "", "", "", "9", "8", "a", "9", "b"))
                .orElseThrow();
        assertThat(followed.last()).isEqualTo(9);
        assertThat(followed.chunks())
                .extracting(chunk -> chunk.number() + RedisLink.text(chunk.json()))
                .containsExactly("8a", "9b");
        assertThat(ReplyDecoder.followed(reply("unknown"))).isEmpty();
        assertThat(ReplyDecoder.stored(reply("stored", "5"))).hasValue(5);
        assertThat(ReplyDecoder.stored(reply("stale"))).isEmpty();
    }

    @Test
    void namesAndModels() {
        assertThat(ReplyDecoder.entered(reply("holder-full"))).isEqualTo(GroupStore.Entry.HOLDER_FULL);
        assertThat(ReplyDecoder.accepted(reply("noted"))).isTrue();
        assertThat(ReplyDecoder.accepted(reply("crowded"))).isFalse();
        assertThat(ReplyDecoder.begun(reply("begun", "77"))).isEqualTo(77);
        assertThat(ReplyDecoder.kept(reply("kept", ID + " g f +")).state()).isEqualTo("+");
        assertThat(ReplyDecoder.refusals(
                        List.of("a", "b", "c", "d"), reply("declared", "own", "taken g", "full", "holder-full")))
                .containsExactly(
                        new Refusal("b", Reason.TAKEN, new GroupName("g")),
                        new Refusal("c", Reason.FULL, null),
                        new Refusal("d", Reason.HOLDER_FULL, null));
    }
}
