package io.github.taskdispatcher.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class GroupNameTest {

    /** These must never change: a gateway that computed them otherwise would not find the tasks of the others. */
    @ParameterizedTest
    @CsvSource({
        "default,c8e5",
        "gpu-cluster,0a51",
        "a,cd20",
        "cpu-workers,7bf5",
        "image-processing,5b03",
        "A.b_c-9,fd9d"
    })
    void theHashIsForEver(String group, String hex) {
        assertThat(String.format("%04x", new GroupName(group).hash16())).isEqualTo(hex);
    }

    @Test
    void theHashOfTheLongestNameIsForEverToo() {
        assertThat(String.format("%04x", new GroupName("z".repeat(64)).hash16()))
                .isEqualTo("88c1");
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(
            strings = {
                "",
                " ",
                "a b",
                " a",
                "a ",
                "{",
                "}",
                "{x}",
                "a:b",
                "*",
                "a?",
                "[a]",
                "a\nb",
                "a\r",
                "a\t",
                "a\u0000",
                "../x",
                "a/b",
                "a\\b",
                "a\"b",
                "a%20b",
                "a+b",
                "a,b",
                "\u00e9",
                "\u7ec4",
                "\uD83D\uDE00",
                "\uD800",
                "\uFF41"
            })
    void whatIsNoName(String text) {
        assertThat(GroupName.parse(text)).isEmpty();
        assertThatThrownBy(() -> new GroupName(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ofAllCharactersSixtyFiveAreAllowed() {
        StringBuilder allowed = new StringBuilder();
        for (int c = 0; c <= Character.MAX_VALUE; c++) {
            if (GroupName.parse(String.valueOf((char) c)).isPresent()) {
                allowed.append((char) c);
            }
        }
        assertThat(allowed)
                .hasToString("-." + "0123456789" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "_" + "abcdefghijklmnopqrstuvwxyz");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "0", "-", ".", "..", "__proto__", "constructor", "toString", "gpu-cluster", "A.b_c-9"})
    void whatIsAName(String text) {
        assertThat(GroupName.parse(text)).contains(new GroupName(text));
        assertThat(new GroupName(text)).hasToString(text);
    }

    @Test
    void aNameHasSixtyFourCharactersAtMost() {
        assertThat(GroupName.parse("x".repeat(64))).isPresent();
        assertThat(GroupName.parse("x".repeat(65))).isEmpty();
        assertThat(GroupName.parse("x".repeat(1 << 20))).isEmpty();
    }
}
