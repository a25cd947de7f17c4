package io.github.taskdispatcher.task;

import static io.github.taskdispatcher.task.TaskStatus.CANCELLED;
import static io.github.taskdispatcher.task.TaskStatus.COMPLETED;
import static io.github.taskdispatcher.task.TaskStatus.EXECUTING;
import static io.github.taskdispatcher.task.TaskStatus.FAILED;
import static io.github.taskdispatcher.task.TaskStatus.QUEUED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class TaskStatusTest {

    @Test
    void theLegalChanges() {
        assertThat(QUEUED.next()).containsExactlyInAnyOrder(EXECUTING, FAILED, CANCELLED);
        assertThat(EXECUTING.next()).containsExactlyInAnyOrder(QUEUED, COMPLETED, FAILED, CANCELLED);
        assertThat(COMPLETED.next()).isEmpty();
        assertThat(FAILED.next()).isEmpty();
        assertThat(CANCELLED.next()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void whatEndedStaysAsItIs(TaskStatus status) {
        assertThat(status.ended()).isEqualTo(status.next().isEmpty());
        assertThat(status.next()).doesNotContain(status);
    }

    @ParameterizedTest
    @EnumSource
    void aWordIsReadBack(TaskStatus status) {
        assertThat(TaskStatus.of(status.word())).isEqualTo(status);
        assertThat(status).hasToString(status.word());
    }

    @Test
    void theWords() {
        assertThat(TaskStatus.values())
                .extracting(TaskStatus::word)
                .containsExactly("queued", "executing", "completed", "failed", "cancelled");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "QUEUED", "Queued", "queued ", "done"})
    void whatIsNoStatus(String word) {
        assertThatThrownBy(() -> TaskStatus.of(word)).isInstanceOf(IllegalArgumentException.class);
    }
}
