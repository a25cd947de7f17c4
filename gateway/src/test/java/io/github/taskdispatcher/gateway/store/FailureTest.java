package io.github.taskdispatcher.gateway.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.wire.ErrorDetails;
import io.github.taskdispatcher.wire.Frames;
import io.github.taskdispatcher.wire.FromWorker;
import org.junit.jupiter.api.Test;

class FailureTest {

    @Test
    void aTextAloneIsStoredAsItIs() {
        assertThat(new Failure("no \u00e9", ErrorDetails.NONE).toBytes()).isEqualTo("no \u00e9".getBytes(UTF_8));
        assertThat(Failure.of("Task timeout".getBytes(UTF_8)))
                .isEqualTo(new Failure("Task timeout", ErrorDetails.NONE));
    }

    @Test
    void whatTheWorkerSaidBesideItComesBack() {
        Failure said = new Failure("slow down", new ErrorDetails(429, "rate", "requests", "n", 7));
        assertThat(Failure.of(said.toBytes())).isEqualTo(said);
        assertThat(Failure.textOf(said.toBytes())).isEqualTo("slow down".getBytes(UTF_8));
    }

    /** A NUL ends the text: one of the worker's own would let it say the rest. */
    @Test
    void aTextHoldsNoNul() {
        Failure said = new Failure("a\0{\"status\":404}", ErrorDetails.NONE);
        assertThat(Failure.of(said.toBytes())).isEqualTo(new Failure("a\ufffd{\"status\":404}", ErrorDetails.NONE));
    }

    /** Error texts are never fetched by themselves, however much a worker says. */
    @Test
    void theLargestFitsInline() throws Exception {
        String words = "\u597d".repeat(10_000);
        String frame = "{\"type\":\"task_error\",\"taskId\":\"t\",\"error\":\"" + words + "\",\"code\":\"" + words
                + "\",\"errorType\":\"" + words + "\",\"param\":\"" + words + "\"}";
        FromWorker.TaskError error = (FromWorker.TaskError) Frames.fromWorker(frame.getBytes(UTF_8));
        byte[] stored = new Failure(error.error(), error.details()).toBytes();
        assertThat(stored.length).isBetween(20_000, Outcome.INLINE_BYTES);
    }
}
