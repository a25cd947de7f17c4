package io.github.taskdispatcher.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ErrorCodeTest {

    @Test
    void theProtocolPageListsThemAll() throws IOException {
        String page = Files.readString(Path.of("../docs/protocol.md"));
        Matcher row = Pattern.compile("(?m)^\\| (\\d{3}) \\| `(\\w+)` \\|").matcher(page);
        TreeSet<String> listed = new TreeSet<>();
        while (row.find()) {
            listed.add(row.group(1) + " " + row.group(2));
        }
        TreeSet<String> known = new TreeSet<>();
        for (ErrorCode code : ErrorCode.values()) {
            known.add(code.status() + " " + code.word());
        }
        assertThat(listed).isEqualTo(known);
    }
}
