package io.github.taskdispatcher.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskIdTest {

    @Test
    void idsAreDistinctAndCarryTheirGroup() {
        GroupName group = new GroupName("gpu-cluster");
        Set<TaskId> ids = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            TaskId id = TaskId.next(group);
            assertThat(id.mayBeOf(group)).isTrue();
            assertThat(id.mayBeOf(GroupName.DEFAULT)).isFalse();
            assertThat(TaskId.parse(id.text())).contains(id);
            ids.add(id);
        }
        assertThat(ids).hasSize(10_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "abc",
                "*",
                "../../etc",
                "C8E5C5C2-BE4F-8B31-A1B6-B2B957A078F4",
                "c8e5c5c2-be4f-4b31-a1b6-b2b957a078f4",
                "c8e5c5c2-be4f-8b31-c1b6-b2b957a078f4",
                "c8e5c5c2_be4f-8b31-a1b6-b2b957a078f4",
                "c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4 "
            })
    void whatIsNoId(String text) {
        assertThat(TaskId.parse(text)).isEmpty();
        assertThatThrownBy(() -> new TaskId(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theFirstFourDigitsAreTheHashOfTheGroup() {
        TaskId id = new TaskId("c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4");
        assertThat(id.groupHash()).isEqualTo(0xc8e5).isEqualTo(GroupName.DEFAULT.hash16());
        assertThat(id.mayBeOf(GroupName.DEFAULT)).isTrue();
        assertThat(id.mayBeOf(new GroupName("a"))).isFalse();
        assertThat(id).hasToString(id.text());
    }

    @Test
    void nullIsNoId() {
        assertThat(TaskId.parse(null)).isEmpty();
        assertThatThrownBy(() -> new TaskId(null)).isInstanceOf(IllegalArgumentException.class);
    }
}
