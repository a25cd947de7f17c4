package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.TaskStore.Hints;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HintDecoderTest {

    private static final String ID = "1e9651fd-6aa1-8b2c-9d5e-0242ac120002";

    /** What the hints call, as text. */
    private static final class Told implements Hints {

        private final List<String> calls = new ArrayList<>();

        @Override
        public void assigned(TaskId id, String workerId, String token) {
            calls.add("assigned " + workerId + ' ' + token);
        }

        @Override
        public void done(TaskId id, Outcome outcome) {
            calls.add(
                    outcome == null
                            ? "done"
                            : "done " + outcome.status() + ' ' + outcome.endedBy() + ' ' + outcome.size() + ' '
                                    + RedisLink.text(outcome.value()));
        }

        @Override
        public void cancelled(TaskId id, String workerId) {
            calls.add("cancelled " + workerId);
        }

        @Override
        public void said(TaskId id, long first, List<byte[]> chunks) {
            calls.add(
                    "said " + first + ' ' + chunks.stream().map(RedisLink::text).toList());
        }

        @Override
        public void resync() {
            calls.add("resync");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "assigned ID W 3 | assigned W 3",
                "done ID | done",
                "done ID completed answer {\"a\": 1  2} | done completed ANSWER 11 {\"a\": 1  2}",
                "done ID failed deadline Task timeout | done failed DEADLINE 12 Task timeout",
                "~done ID completed answer ~ | ~done completed ANSWER 0 ~",
                "cancel ID W | cancelled W",
                "chunk ID 7 | said 7 []",
                "chunk ID 7 2,3 ab c, | said 7 [ab,  c,]",
                "chunk ID 7 2,4 ab c, | said 7 []"
            })
    void eachHintIsOneCall(String hint, String call) {
        assertThat(told(hint)).containsExactly(call);
    }

    /** A newer gateway may send more than this one knows. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {"paused ID W", "assigned ID W", "cancel ID", "chunk ID", "done", "done 17", "~~", "done ID failed"
            })
    void whatIsNoHintHereChangesNothing(String hint) {
        assertThat(told(hint)).isSubsetOf("done");
    }

    private static List<String> told(String hint) {
        Told told = new Told();
        HintDecoder.tell(told, RedisLink.bytes(hint.replace("ID", ID)));
        return told.calls;
    }
}
