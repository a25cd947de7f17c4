package io.github.taskdispatcher.gateway.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.access.Peer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a sign-in comes from, and how many of one place may fail. */
class SignInTest {

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                // Connection, X-Forwarded-For, X-Forwarded-Proto: network, encrypted.
                "203.0.113.7,-,-,203.0.113.7,false",
                "203.0.113.7,198.51.100.1,https,203.0.113.7,false",
                "127.0.0.1,198.51.100.1,https,198.51.100.1,true",
                "127.0.0.1,'6.6.6.6, 198.51.100.1',http,198.51.100.1,false",
                "10.1.2.3,198.51.100.1,https,198.51.100.1,true",
                "172.32.0.1,198.51.100.1,https,172.32.0.1,false",
                "[0:0:0:0:0:0:0:1],2001:db8:1:2:3:4:5:6,https,20010db800010002/64,true",
                "fd00::7,[2001:db8:1:2::9],https,20010db800010002/64,true",
                "2001:db8:1:2:aaaa::1,198.51.100.1,https,20010db800010002/64,false",
                "::ffff:203.0.113.7,-,-,203.0.113.7,false",
                "127.0.0.1,no.such.host.example,https,127.0.0.1,true",
                "127.0.0.1,999.1.1.1,-,127.0.0.1,false",
                "127.0.0.1,'',-,127.0.0.1,false",
            })
    void aProxysWordCountsOnlyFromNearby(
            String connection, String forwardedFor, String proto, String network, boolean encrypted) {
        assertThat(Peer.of(connection, "http", forwardedFor, proto)).isEqualTo(new Peer(network, encrypted));
        assertThat(Peer.of(connection, "https", forwardedFor, proto).encrypted())
                .isTrue();
    }

    @Test
    void eachAddressHasItsOwnFailuresAndGetsOneBackASecond() {
        FailedSignIns failures = new FailedSignIns();
        for (int i = 0; i < 20; i++) {
            assertThat(failures.count("a", 0)).isTrue();
        }
        assertThat(failures.count("a", 0)).isFalse();
        assertThat(failures.count("b", 0)).isTrue();
        assertThat(failures.count("a", TimeUnit.SECONDS.toNanos(1))).isTrue();
        assertThat(failures.count("a", TimeUnit.SECONDS.toNanos(1))).isFalse();
    }

    @Test
    void howManyAddressesAreKnownHasABoundAndTheOldestGoes() {
        FailedSignIns failures = new FailedSignIns();
        for (int i = 0; i < 21; i++) {
            failures.count("first", 0);
        }
        for (int i = 1; i < FailedSignIns.MAX_ADDRESSES; i++) {
            failures.count("other " + i, 0);
        }
        assertThat(failures.count("first", 0)).as("still known").isFalse();
        for (int i = 0; i < 3 * FailedSignIns.MAX_ADDRESSES; i++) {
            failures.count("another " + i, 0);
        }
        assertThat(failures.size()).isEqualTo(FailedSignIns.MAX_ADDRESSES);
        assertThat(failures.count("first", 0)).as("forgotten").isTrue();
    }
}
