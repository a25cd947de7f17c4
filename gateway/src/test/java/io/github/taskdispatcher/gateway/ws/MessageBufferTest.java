package io.github.taskdispatcher.gateway.ws;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.limits.ByteBudget;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class MessageBufferTest {

    private static final int MIB = 1 << 20;

    private final ByteBudget shared = new ByteBudget(8 * MIB);
    private final MessageBuffer buffer = new MessageBuffer(64L * MIB, shared);

    private static void fill(MessageBuffer buffer, int bytes) {
        for (int sent = 0; sent < bytes; sent += MIB / 16) {
            assertThat(buffer.append(ByteBuffer.allocate(MIB / 16))).isTrue();
        }
    }

    @Test
    void aSmallMessageTakesNothingOfTheBudget() {
        fill(buffer, MessageBuffer.FREE_BYTES);
        assertThat(shared.taken()).isZero();
        assertThat(buffer.take().text()).hasSize(MessageBuffer.FREE_BYTES);
    }

    @Test
    void theReceiverOfALargeMessageGivesItsBudgetBack() {
        fill(buffer, 4 * MIB);
        assertThat(shared.taken()).isBetween(3L * MIB, 8L * MIB);
        MessageBuffer.Message message = buffer.take();
        assertThat(message.whole()).isTrue();
        assertThat(message.text()).hasSize(4 * MIB);
        assertThat(message.borrowed()).isEqualTo(shared.taken());
        buffer.close();
        assertThat(shared.taken()).isEqualTo(message.borrowed());
    }

    @Test
    void unfinishedMessagesTakeNoMoreThanTheBudgetAndTheNextOneIsWhole() {
        MessageBuffer other = new MessageBuffer(64L * MIB, shared);
        fill(other, 7 * MIB);
        long othersPart = shared.taken();
        buffer.append(ByteBuffer.wrap("{\"taskId\":\"t\",\"result\":\"".getBytes(UTF_8)));
        byte[] character = "\u4f60".repeat(20_000).getBytes(UTF_8);
        for (int i = 0; i < 100; i++) {
            assertThat(buffer.append(ByteBuffer.wrap(character))).isTrue();
        }
        assertThat(shared.taken()).isEqualTo(othersPart);
        MessageBuffer.Message message = buffer.take();
        assertThat(message.whole()).isFalse();
        assertThat(message.borrowed()).isZero();
        assertThat(new String(message.text(), UTF_8)).isEqualTo("{\"taskId\":\"t\",\"result\":\"");
        other.close();
        assertThat(shared.taken()).isZero();
        fill(buffer, 2 * MIB);
        assertThat(buffer.take().whole()).isTrue();
    }

    @Test
    void oneThatIsTooLargeIsForgotten() {
        MessageBuffer small = new MessageBuffer(MIB, shared);
        fill(small, MIB);
        assertThat(small.append(ByteBuffer.allocate(1))).isFalse();
        assertThat(shared.taken()).isZero();
    }

    @Test
    void aClosedOneKeepsNothing() {
        fill(buffer, 2 * MIB);
        buffer.close();
        fill(buffer, 2 * MIB);
        assertThat(shared.taken()).isZero();
        assertThat(buffer.take().text()).isEmpty();
    }
}
