package io.github.taskdispatcher.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostNamesTest {

    private final HostNames names = new HostNames(Set.of("gateway.example", "192.168.1.5", "fd00::5"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:3000",
                "LocalHost.",
                "app.localhost:80",
                "127.0.0.1:3000",
                "127.255.0.9",
                "[::1]:3000",
                "[0:0:0:0:0:0:0:1]",
                "[::ffff:127.0.0.1]",
                "gateway.example",
                "GATEWAY.example.:8443",
                "192.168.1.5:3000",
                "[fd00:0::5]:3000"
            })
    void areOurs(String host) {
        assertThat(names.include(List.of(host))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "evil.example",
                "evil.example:3000",
                "localhost.evil.example",
                "evillocalhost",
                "127.0.0.1.evil.example",
                "127.0.0.256",
                "127.1",
                "128.0.0.1",
                "[::2]",
                "[fd00::6]",
                "::1",
                "192.168.1.6",
                "localhost,evil.example",
                "localhost evil.example",
                "user@localhost",
                "localhost:evil",
                "localhost..",
                "gateway.example.evil.example"
            })
    void areForeign(String host) {
        assertThat(names.include(List.of(host))).isFalse();
    }

    @Test
    void noneAndTwoAreForeign() {
        assertThat(names.include(List.of())).isFalse();
        assertThat(names.include(List.of("localhost", "localhost"))).isFalse();
    }
}
