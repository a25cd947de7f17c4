package io.github.taskdispatcher.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tables of docs/protocol.md name exactly the messages and fields of the records, and the types of the golden files. */
class ProtocolDocTest {

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| `(\\w+)` \\| (?:`(\\w+)`)? *\\| ([a-z]*) *\\| (yes|no|) *\\|");

    /** A row; without a field for a message that has none. */
    private record Row(String type, String field, String jsonType, boolean required) {}

    private static List<Row> documented(String from, String to) throws IOException {
        String page = Files.readString(Path.of("../docs/protocol.md"));
        assertThat(page).contains(from, to);
        String section = page.substring(page.indexOf(from), page.indexOf(to));
        List<Row> rows = new ArrayList<>();
        Matcher row = ROW.matcher(section);
        while (row.find()) {
            rows.add(new Row(
                    row.group(1), row.group(2), row.group(3), row.group(4).equals("yes")));
        }
        assertThat(rows).as("every line of the table is understood").hasSize((int)
                section.lines().filter(it -> it.startsWith("| `")).count());
        return rows;
    }

    private static TreeSet<String> names(List<Row> rows) {
        TreeSet<String> names = new TreeSet<>();
        rows.forEach(row -> names.add(row.type() + (row.field() == null ? "" : " " + row.field())));
        assertThat(names).as("no row twice").hasSameSizeAs(rows);
        return names;
    }

    private static String wordOf(Class<?> record) {
        return record.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }

    private static TreeSet<String> declared(Class<?> messages) {
        TreeSet<String> rows = new TreeSet<>();
        for (Class<?> record : messages.getPermittedSubclasses()) {
            for (RecordComponent component : record.getRecordComponents()) {
                if (component.getType().equals(ErrorDetails.class)) {
                    for (RecordComponent detail : ErrorDetails.class.getRecordComponents()) {
                        rows.add(wordOf(record) + " " + detail.getName());
                    }
                } else {
                    rows.add(wordOf(record) + " " + component.getName());
                }
            }
            if (record.getRecordComponents().length == 0) {
                rows.add(wordOf(record));
            }
        }
        return rows;
    }

    /** The golden files hold the fields of the table, of its types, and what is required in each. */
    private static void compareWithGoldenFiles(List<Row> rows) throws IOException {
        TreeMap<String, TreeMap<String, Row>> messages = new TreeMap<>();
        for (Row row : rows) {
            var fields = messages.computeIfAbsent(row.type(), it -> new TreeMap<>());
            if (row.field() != null) {
                fields.put(row.field(), row);
            }
        }
        for (var message : messages.entrySet()) {
            String type = message.getKey();
            JsonNode golden = new ObjectMapper()
                    .readTree(Path.of("src/test/resources/wire", type + ".json").toFile());
            assertThat(golden.path("type").asText()).isEqualTo(type);
            golden.fieldNames().forEachRemaining(name -> assertThat(
                            name.equals("type") || message.getValue().containsKey(name))
                    .as(type + " " + name + " is documented")
                    .isTrue());
            for (Row row : message.getValue().values()) {
                JsonNode value = golden.get(row.field());
                assertThat(value != null || !row.required()).as("golden " + row).isTrue();
                if (value != null && !row.jsonType().equals("any")) {
                    assertThat(value.getNodeType().name().toLowerCase(Locale.ROOT))
                            .as("golden " + row)
                            .isEqualTo(row.jsonType());
                }
            }
        }
    }

    /** What the table calls required, and only that, is refused when it is missing. */
    private static void compareWithReader(List<Row> rows) throws Exception {
        for (Row row : rows) {
            if (row.field() == null) {
                continue;
            }
            var golden = (com.fasterxml.jackson.databind.node.ObjectNode) new ObjectMapper()
                    .readTree(Path.of("src/test/resources/wire", row.type() + ".json")
                            .toFile());
            golden.remove(row.field());
            boolean refused = false;
            try {
                Frames.fromWorker(new ObjectMapper().writeValueAsBytes(golden));
            } catch (BadFrameException e) {
                refused = true;
            }
            assertThat(refused).as("without " + row).isEqualTo(row.required());
        }
    }

    @Test
    void fromTheGateway() throws IOException {
        List<Row> rows = documented("### From the gateway", "### From the worker");
        assertThat(names(rows)).isEqualTo(declared(ToWorker.class));
        compareWithGoldenFiles(rows);
    }

    @Test
    void fromTheWorker() throws Exception {
        List<Row> rows = documented("### From the worker", "### The life");
        assertThat(names(rows)).isEqualTo(declared(FromWorker.class));
        compareWithGoldenFiles(rows);
        compareWithReader(rows);
    }
}
