package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FramesTest {

    private static final String ID = "c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4";

    private static final Map<String, FromWorker> FROM_WORKER = Map.of(
            "ready", new FromWorker.Ready(),
            "ping", new FromWorker.Ping(),
            "hello",
                    new FromWorker.Hello(
                            1,
                            4,
                            List.of("llama-3.1-8b", "qwen2.5"),
                            RawJson.of("{\"gpu\":\"L4\"}"),
                            "box \"7\"",
                            List.of(ID)),
            "task_progress", new FromWorker.TaskProgress(ID, 0.25, "第 1 步"),
            "task_chunk", new FromWorker.TaskChunk(ID, RawJson.of("\"第 1 字\"")),
            "task_complete", new FromWorker.TaskComplete(ID, RawJson.of("{\"success\":true}"), 2000.0),
            "task_error",
                    new FromWorker.TaskError(
                            ID, "错误信息", 1000.0, new ErrorDetails(429, "rate_limit_exceeded", "requests", "model", 7)));

    private static final Map<String, ToWorker> TO_WORKER = Map.of(
            "connected", new ToWorker.Connected("W1-1234abcd", "Connected to Task Dispatcher"),
            "task", new ToWorker.Task(ID, RawJson.of("{\"model\":\"default\",\"data\":{\"prompt\":\"美丽的少女\"}}")),
            "cancel", new ToWorker.Cancel(ID),
            "pong", new ToWorker.Pong(),
            "ack", new ToWorker.Ack(ID),
            "error", new ToWorker.Error("not_assigned", "this task is not assigned to this worker", ID));

    private static byte[] golden(String type) throws IOException {
        String text = Files.readString(Path.of("src/test/resources/wire", type + ".json"))
                .strip();
        return text.getBytes(UTF_8);
    }

    @Test
    void goldenFiles() throws Exception {
        for (var entry : FROM_WORKER.entrySet()) {
            assertThat(Frames.fromWorker(golden(entry.getKey()))).isEqualTo(entry.getValue());
            assertThat(new String(Frames.write(entry.getValue()), UTF_8))
                    .isEqualTo(new String(golden(entry.getKey()), UTF_8));
        }
        for (var entry : TO_WORKER.entrySet()) {
            assertThat(Frames.toWorker(golden(entry.getKey()))).isEqualTo(entry.getValue());
            assertThat(new String(Frames.write(entry.getValue()), UTF_8))
                    .isEqualTo(new String(golden(entry.getKey()), UTF_8));
        }
        assertThat(FROM_WORKER).hasSameSizeAs(FromWorker.class.getPermittedSubclasses());
        assertThat(TO_WORKER).hasSameSizeAs(ToWorker.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e400",
                "12345678901234567890",
                "1.10",
                "[]",
                "{}",
                "false",
                "null",
                "\"x\"",
                "\"\\u0000 \\ud800\"",
                "[ 1 , {\"a\" : [ ] } ]",
                "{\"z\":1,\"a\":2}",
                "\"美\uD83D\uDE00\"",
                "-0.0",
                "\"a,]} \""
            })
    void aResultPassesAsItIs(String result) throws Exception {
        for (String frame : new String[] {
            "{\"type\":\"task_complete\",\"taskId\":\"t\",\"result\":" + result + "}",
            "{ \"result\" : " + result + " , \"x\":[{}],\"taskId\":\"t\" , \"type\":\"task_complete\" }",
        }) {
            var complete = (FromWorker.TaskComplete) Frames.fromWorker(frame.getBytes(UTF_8));
            assertThat(complete.result()).hasToString(result);
            assertThat(complete.result().toBytes()).isEqualTo(result.getBytes(UTF_8));
        }
    }

    @Test
    void whatIsMissingOrOdd() throws Exception {
        assertThat(Frames.fromWorker("{\"type\":\"task_complete\",\"taskId\":\"t\"}".getBytes(UTF_8)))
                .isEqualTo(new FromWorker.TaskComplete("t", RawJson.of("null"), null));
        assertThat(error("{\"code\":7}")).isEqualTo("{\"code\":7}");
        assertThat(error("null")).isEqualTo("Worker reported an error");
        assertThat(error("\"" + "x".repeat(9_000) + "\"")).hasSize(8_192);
        assertThat(error("\"" + "x".repeat(8_191) + "\uD83D\uDE00\"")).hasSize(8_191);
        for (String duration : new String[] {"-1", "\"x\"", "1e308", "{}", "null"}) {
            String frame = "{\"type\":\"task_error\",\"taskId\":\"t\",\"error\":\"e\",\"duration\":" + duration + "}";
            assertThat(((FromWorker.TaskError) Frames.fromWorker(frame.getBytes(UTF_8))).duration())
                    .isNull();
        }
        assertThat(Frames.toWorker("{\"type\":\"news\"}".getBytes(UTF_8))).isNull();
    }

    @Test
    void aHelloSaysWhatItMay() throws Exception {
        assertThat(Frames.fromWorker("{\"type\":\"hello\"}".getBytes(UTF_8)))
                .isEqualTo(new FromWorker.Hello(1, 1, List.of(), null, null, List.of()));
        assertThat(Frames.fromWorker(
                        "{\"models\":[\"m\",\"m\"],\"slots\":256,\"name\":null,\"x\":[1],\"type\":\"hello\"}"
                                .getBytes(UTF_8)))
                .isEqualTo(new FromWorker.Hello(1, 256, List.of("m"), null, null, List.of()));
        // Members of these names mean nothing in other messages.
        assertThat(Frames.fromWorker("{\"type\":\"ready\",\"slots\":0,\"models\":{\"a\":[]}}".getBytes(UTF_8)))
                .isEqualTo(new FromWorker.Ready());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"slots\":0",
                "\"slots\":257",
                "\"slots\":1.5",
                "\"slots\":\"4\"",
                "\"slots\":1e99",
                "\"slots\":{}",
                "\"protocol\":2",
                "\"protocol\":\"1\"",
                "\"models\":\"m\"",
                "\"models\":[1]",
                "\"models\":[\"\"]",
                "\"models\":[\"a\",[\"b\"]]",
                "\"models\":[\"\\n\"]",
                "\"labels\":[]",
                "\"name\":7",
                "\"name\":\"\"",
                "\"resume\":{}",
                "\"resume\":[null]",
                "\"resume\":[\"ttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttttt\"]"
            })
    void aHelloThatIsNone(String member) {
        String frame = "{\"type\":\"hello\"," + member + "}";
        assertThatThrownBy(() -> Frames.fromWorker(frame.getBytes(UTF_8))).isInstanceOf(BadFrameException.class);
    }

    @Test
    void progressIsANumberFromZeroToOne() throws Exception {
        String begin = "{\"type\":\"task_progress\",\"taskId\":\"t\"";
        assertThat(Frames.fromWorker((begin + ",\"progress\":1,\"message\":7}").getBytes(UTF_8)))
                .isEqualTo(new FromWorker.TaskProgress("t", 1.0, null));
        assertThat(Frames.fromWorker((begin + ",\"message\":\"" + "x".repeat(600) + "\"}").getBytes(UTF_8)))
                .isEqualTo(new FromWorker.TaskProgress("t", null, "x".repeat(500)));
        for (String odd : new String[] {"-0.1", "1.01", "\"0.5\"", "[]", "1e400"}) {
            assertThatThrownBy(() -> Frames.fromWorker((begin + ",\"progress\":" + odd + "}").getBytes(UTF_8)))
                    .isInstanceOf(BadFrameException.class);
        }
    }

    private static String error(String json) throws BadFrameException {
        String frame = "{\"type\":\"task_error\",\"taskId\":\"t\",\"error\":" + json + "}";
        return ((FromWorker.TaskError) Frames.fromWorker(frame.getBytes(UTF_8))).error();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "x",
                "null",
                "[]",
                "1",
                "{}",
                "{\"type\":1}",
                "{\"type\":\"dance\"}",
                "{\"type\":\"ready\"} x",
                "{\"type\":\"ready\",\"type\":\"ping\"}",
                "{\"type\":\"task_complete\"}",
                "{\"type\":\"task\",\"taskId\":\"t\"}",
                "{\"type\":\"task_complete\",\"taskId\":7}",
                "{'type':'ready'}",
                "\ufeff{\"type\":\"ready\"}",
                "{\"type\":\"task_complete\",\"taskId\":\"t\",\"result\":01}",
                "{\"type\":\"task_complete\",\"taskId\":\"t\",\"result\":{\"a\":1,\"a\":2}}",
                "{\"type\":\"task_complete\",\"taskId\":\"t\",\"result\":\"\\x\"}"
            })
    void whatIsNoFrame(String text) {
        assertThatThrownBy(() -> Frames.fromWorker(text.getBytes(UTF_8))).isInstanceOf(BadFrameException.class);
    }

    @Test
    void whatIsTooMuch() {
        for (String result : new String[] {
            "[".repeat(64) + "]".repeat(64),
            "[".repeat(100_000),
            "1".repeat(1_001),
            "{\"" + "n".repeat(60_000) + "\":1}"
        }) {
            String frame = "{\"type\":\"task_complete\",\"taskId\":\"t\",\"result\":" + result + "}";
            assertThatThrownBy(() -> Frames.fromWorker(frame.getBytes(UTF_8)))
                    .isInstanceOfSatisfying(BadFrameException.class, e -> {
                        assertThat(e.taskId()).isEqualTo("t");
                        assertThat(e.isText()).isTrue();
                    });
        }
        assertThatThrownBy(() -> Frames.fromWorker("{\"type\":\"ready\"}".getBytes(UTF_16)))
                .isInstanceOf(BadFrameException.class);
        assertThatThrownBy(() -> Frames.fromWorker(new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80, '"', ':', '1', '}'}))
                .isInstanceOfSatisfying(
                        BadFrameException.class, e -> assertThat(e.isText()).isFalse());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @Test
    void membersComeInAnyOrderAndUnknownOnesAreIgnored() throws Exception {
        var expected = new FromWorker.TaskComplete(ID, RawJson.of("[1]"), 5.0);
        String[] members = {
            "\"type\":\"task_complete\"", "\"taskId\":\"" + ID + "\"", "\"result\":[1]", "\"duration\":5"
        };
        for (int i = 0; i < 24; i++) {
            var left = new java.util.ArrayList<>(java.util.List.of(members));
            StringBuilder frame = new StringBuilder("{\"v\":[{\"type\":\"x\"}]");
            for (int n = i, of = 4; of > 0; n /= of--) {
                frame.append(",\"x")
                        .append(of)
                        .append("\":{\"taskId\":null} ,\n")
                        .append(left.remove(n % of));
            }
            assertThat(Frames.fromWorker(bytes(frame + "}")))
                    .as(frame.toString())
                    .isEqualTo(expected);
        }
    }

    @Test
    void depthIsCountedFromTheFrame() throws Exception {
        String at = "{\"type\":\"task_complete\",\"taskId\":\"t\",\"result\":";
        String deepest = "[".repeat(63) + "]".repeat(63);
        assertThat(((FromWorker.TaskComplete) Frames.fromWorker(bytes(at + deepest + "}"))).result())
                .hasToString(deepest);
        for (int depth : new int[] {64, 1_000, 100_000}) {
            String closed = at + "[".repeat(depth) + "]".repeat(depth) + "}";
            assertThatThrownBy(() -> Frames.fromWorker(bytes(closed))).isInstanceOf(BadFrameException.class);
        }
    }

    /** More than the 20 million characters at which the parser stops by default. */
    @Test
    void aBigString() throws Exception {
        String big = "\"" + "x".repeat(21_000_000) + "\"";
        var complete = (FromWorker.TaskComplete)
                Frames.fromWorker(bytes("{\"type\":\"task_complete\",\"result\":" + big + ",\"taskId\":\"t\"}"));
        assertThat(complete.result().toString().equals(big)).isTrue();
        assertThat(error(big)).hasSize(8_192);
        assertThat(error("[" + big + "]")).hasSize(8_192);
    }

    @Test
    void anErrorOfAnyKind() throws Exception {
        assertThat(error("7")).isEqualTo("7");
        assertThat(error("[ 1 ]")).isEqualTo("[ 1 ]");
        assertThat(error("false")).isEqualTo("false");
        for (String blank : new String[] {"\"\"", "\"  \"", "\"\\n\"", "null"}) {
            assertThat(error(blank)).isEqualTo("Worker reported an error");
        }
        assertThat(Frames.fromWorker(bytes("{\"type\":\"task_error\",\"taskId\":\"t\"}")))
                .isEqualTo(new FromWorker.TaskError("t", "Worker reported an error", null));
    }

    private static ErrorDetails details(String members) throws Exception {
        String frame = "{\"type\":\"task_error\",\"taskId\":\"t\",\"error\":\"e\"," + members + "}";
        var failed = (FromWorker.TaskError) Frames.fromWorker(bytes(frame));
        assertThat(Frames.fromWorker(Frames.write(failed))).isEqualTo(failed);
        return failed.details();
    }

    @Test
    void anErrorMaySayWhatItsClientIsTold() throws Exception {
        assertThat(
                        details(
                                "\"status\":429,\"code\":\"rate\",\"errorType\":\"requests\",\"param\":\"n\",\"retryAfter\":6.5"))
                .isEqualTo(new ErrorDetails(429, "rate", "requests", "n", 7));
    }

    /** The error counts all the same. */
    @Test
    void whatIsNoneOfThemIsPassedOver() throws Exception {
        for (String odd : new String[] {
            "\"status\":200",
            "\"status\":600",
            "\"status\":429.5",
            "\"status\":399.5",
            "\"status\":\"404\"",
            "\"status\":null",
            "\"code\":\" \"",
            "\"code\":7",
            "\"errorType\":[]",
            "\"param\":{}",
            "\"retryAfter\":-1",
            "\"retryAfter\":1e9",
            "\"retryAfter\":1e400"
        }) {
            assertThat(details(odd)).as(odd).isEqualTo(ErrorDetails.NONE);
        }
        assertThat(details("\"code\":\"" + "x".repeat(300) + "\"").code()).hasSize(ErrorDetails.MAX_WORD_LENGTH);
    }

    @Test
    void halfASurrogatePairCanBeWrittenBack() throws Exception {
        for (String half : new String[] {"\\ud83d", "\\ude00", "a\\ud83dz", "\\ude00\\ud83d", "\\u0000 \\ud800"}) {
            var failed = (FromWorker.TaskError) Frames.fromWorker(
                    bytes("{\"type\":\"task_error\",\"taskId\":\"" + half + "\",\"error\":\"" + half + "\"}"));
            var back = (FromWorker.TaskError) Frames.fromWorker(Frames.write(failed));
            assertThat(back.error())
                    .isEqualTo(new String(failed.error().getBytes(UTF_8), UTF_8))
                    .contains("?");
            var told = (ToWorker.Error) Frames.toWorker(Frames.write(new ToWorker.Error("c", "m", failed.taskId())));
            assertThat(told.taskId()).contains("?");
        }
    }

    @Test
    void anIdHasSixtyFourCharactersAtMost() throws Exception {
        String at = "{\"type\":\"task_complete\",\"taskId\":\"";
        assertThat(((FromWorker.TaskComplete) Frames.fromWorker(bytes(at + "i".repeat(64) + "\"}"))).taskId())
                .hasSize(64);
        assertThatThrownBy(() -> Frames.fromWorker(bytes(at + "i".repeat(65) + "\"}")))
                .isInstanceOfSatisfying(
                        BadFrameException.class, e -> assertThat(e.taskId()).isNull());
    }

    /** The text goes back to the peer and into logs: it must not repeat what came. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"SECRET\"}",
                "{\"SECRET\":1,\"SECRET\":2}",
                "{\"a\":SECRET}",
                "SECRET",
                "{\"a\":\"SECRET"
            })
    void aRefusalRepeatsNothingOfTheFrame(String frame) {
        assertThatThrownBy(() -> Frames.fromWorker(bytes(frame)))
                .isInstanceOf(BadFrameException.class)
                .hasMessageNotContaining("SECRET");
    }

    @Test
    void aFrameInAnotherEncodingIsRefused() {
        for (String charset : new String[] {"UTF-16LE", "UTF-16BE", "UTF-16", "UTF-32LE", "UTF-32BE"}) {
            byte[] frame = "{\"type\":\"ready\"}".getBytes(java.nio.charset.Charset.forName(charset));
            assertThatThrownBy(() -> Frames.fromWorker(frame)).as(charset).isInstanceOf(BadFrameException.class);
        }
    }
}
