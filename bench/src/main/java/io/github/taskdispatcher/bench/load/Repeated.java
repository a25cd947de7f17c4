package io.github.taskdispatcher.bench.load;

import java.nio.ByteBuffer;

/** The same request without end, and the same answer to each. For what the gateway is compared with. */
public final class Repeated implements Caller {

    private static final int DIGITS = 5;

    private final ByteBuffer[] requests;
    private final ByteBuffer expected;
    private final int digitsAt;
    private int count;

    /**
     * @param connections of the loop it is for
     * @param request its bytes
     * @param digitsAt where five digits of it count up, -1 for nowhere
     * @param expected what each body must be
     */
    public Repeated(int connections, byte[] request, int digitsAt, byte[] expected) {
        requests = new ByteBuffer[connections];
        for (int i = 0; i < connections; i++) {
            requests[i] = ByteBuffer.allocateDirect(request.length).put(request).flip();
        }
        this.digitsAt = digitsAt;
        this.expected = ByteBuffer.wrap(expected);
    }

    @Override
    public ByteBuffer next(int connection) {
        ByteBuffer request = requests[connection];
        if (digitsAt >= 0) {
            int rest = count++;
            for (int i = DIGITS - 1; i >= 0; i--) {
                request.put(digitsAt + i, (byte) ('0' + rest % 10));
                rest /= 10;
            }
        }
        return request.position(0);
    }

    @Override
    public String answered(int connection, int status, ByteBuffer body) {
        return status == 200 && body.equals(expected) ? null : "not the expected answer";
    }
}
