package io.github.taskdispatcher.bench.rows;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.taskdispatcher.bench.load.Caller;
import io.github.taskdispatcher.bench.load.Framing;
import io.github.taskdispatcher.bench.load.HttpFraming;
import io.github.taskdispatcher.bench.load.Repeated;
import io.github.taskdispatcher.bench.load.RespFraming;
import io.github.taskdispatcher.bench.stack.BareServer;
import io.github.taskdispatcher.bench.stack.Meter;
import io.github.taskdispatcher.bench.stack.Stack;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What the parts can do alone: Javalin without tasks, Redis without a gateway. */
public final class ReferenceRows {

    private static final String JAVALIN = "bare Javalin";
    private static final String JAVALIN_FUTURE = "bare Javalin, other thread";
    private static final String PING = "Redis PING";
    private static final String SCRIPT_CALL = "Redis two-key script";
    private static final int[] CONNECTIONS = {1, 64};
    /** The least that two scripts of a task could do: store it, put it in a list. */
    private static final String SCRIPT =
            """
            redis.call('HSET', KEYS[1], 'b', ARGV[1], 's', 'q')
            redis.call('PEXPIRE', KEYS[1], 60000)
            redis.call('LPUSH', KEYS[2], KEYS[1])
            if redis.call('LLEN', KEYS[2]) > 1000 then redis.call('RPOP', KEYS[2]) end
            return 1
            """;

    private final Stack stack;
    private final Stack.Bare bare;
    private final double seconds;
    private final String scriptSha;

    /** @param bare for the rows of Javalin */
    public ReferenceRows(Stack stack, Stack.Bare bare, Plan plan) {
        this.stack = stack;
        this.bare = bare;
        seconds = plan.seconds() / 2;
        scriptSha = stack.redis().commands().scriptLoad(SCRIPT);
    }

    /** The names of the rows. */
    public static List<String> names() {
        List<String> names = new ArrayList<>();
        for (int connections : CONNECTIONS) {
            for (String name : List.of(JAVALIN, JAVALIN_FUTURE, PING, SCRIPT_CALL)) {
                names.add(name + " C=" + connections);
            }
        }
        return names;
    }

    public List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int connections : CONNECTIONS) {
            rows.add(javalin(JAVALIN, "/sync", connections));
            rows.add(javalin(JAVALIN_FUTURE, "/future", connections));
            rows.add(redis(PING, command("PING"), -1, "+PONG\r\n", connections));
            rows.add(script(connections));
        }
        return rows;
    }

    private Row javalin(String name, String path, int connections) {
        String body = "{\"data\":{\"type\":\"echo\",\"text\":\"" + "x".repeat(170) + "\"}}";
        byte[] request = post(path, body);
        return row(
                name,
                bare.address(),
                new HttpFraming(),
                connections,
                () -> new Repeated(connections, request, -1, BareServer.ANSWER),
                () -> Meter.of(List.of(bare.pid()), null, List.of()));
    }

    private Row script(int connections) {
        String request = command("EVALSHA", scriptSha, "2", "{ref}:t:00000", "{ref}:q", "x".repeat(200));
        int digitsAt = request.indexOf("{ref}:t:") + "{ref}:t:".length();
        return redis(SCRIPT_CALL, request, digitsAt, ":1\r\n", connections);
    }

    private Row redis(String name, String request, int digitsAt, String reply, int connections) {
        return row(
                name,
                stack.redis().address(),
                new RespFraming(),
                connections,
                () -> new Repeated(connections, request.getBytes(US_ASCII), digitsAt, reply.getBytes(US_ASCII)),
                () -> Meter.of(List.of(), stack.redis(), List.of()));
    }

    private Row row(
            String name,
            InetSocketAddress address,
            Framing framing,
            int connections,
            Supplier<Caller> caller,
            Supplier<Meter> meter) {
        return new LoadRow(name + " C=" + connections, address, framing, connections, seconds, caller, meter);
    }

    static byte[] post(String path, String body) {
        return ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                        + body.length() + "\r\n\r\n" + body)
                .getBytes(US_ASCII);
    }

    private static String command(String... words) {
        StringBuilder command = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            command.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        return command.toString();
    }
}
