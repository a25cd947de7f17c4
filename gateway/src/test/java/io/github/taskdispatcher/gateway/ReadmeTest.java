package io.github.taskdispatcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** README.md and README.zh-CN.md say the same; CI runs their bash blocks, see {@code .ci/newcomer}. */
class ReadmeTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static String readme(String name) throws IOException {
        return Files.readString(ROOT.resolve(name));
    }

    /**
     * Each code block with the mark in front of it, without the comments, which are in the reader's language; a comment that
     * shows an answer stays.
     */
    private static List<String> blocks(String text) {
        List<String> blocks = new ArrayList<>();
        Matcher block = Pattern.compile("(?ms)^(<!-- [^>]* -->\n)?```(\\w+)\n(.*?)^```$")
                .matcher(text);
        while (block.find()) {
            blocks.add(
                    block.group(1) + block.group(2) + "\n" + block.group(3).replaceAll("(?m) *(#|//) (?!\\{).*$", ""));
        }
        return blocks;
    }

    @Test
    void bothHaveTheSameBlocksInTheSameOrder() throws IOException {
        List<String> english = blocks(readme("README.md"));
        assertThat(english).hasSizeGreaterThan(10).anyMatch(block -> block.contains("./dispatcher start"));
        assertThat(blocks(readme("README.zh-CN.md"))).containsExactlyElementsOf(english);
    }

    @Test
    void bothLinkToTheSamePages() throws IOException {
        assertThat(links(readme("README.zh-CN.md")))
                .hasSizeGreaterThan(15)
                .containsExactlyElementsOf(links(readme("README.md")));
    }

    /** The targets of the links in order, without those to sections, whose names are in the reader's language. */
    private static List<String> links(String text) {
        return Pattern.compile("\\]\\(([^)#]+)\\)")
                .matcher(text)
                .results()
                .map(link -> link.group(1))
                .filter(target -> !target.startsWith("README"))
                .toList();
    }

    @Test
    void bothHaveTheSameSections() throws IOException {
        Pattern heading = Pattern.compile("(?m)^##? ");
        assertThat(heading.matcher(readme("README.zh-CN.md")).results().count())
                .isEqualTo(heading.matcher(readme("README.md")).results().count());
    }

    /** A name in the example would be a 404 in a fleet whose workers declare other models. */
    @Test
    void theFirstExampleTakesAModelThatIsServed() throws IOException {
        for (String name : List.of("README.md", "README.zh-CN.md")) {
            assertThat(blocks(readme(name)).get(0))
                    .contains("model = client.models.list().data[0].id", "create(model=model,");
        }
        assertThat(Files.readString(ROOT.resolve("docs/openai.md"))).doesNotContain("model=\"default\"");
    }

    @Test
    void aBlockThatDiffersWouldBeFound() {
        assertThat(blocks("```bash\n./dispatcher start   # run\n```\n"))
                .isEqualTo(blocks("```bash\n./dispatcher start   # 运行\n```\n"))
                .isNotEqualTo(blocks("```bash\n./dispatcher demo\n```\n"));
        assertThat(blocks("```bash\ncurl x\n# {\"status\":\"completed\"}\n```\n"))
                .isNotEqualTo(blocks("```bash\ncurl x\n# {\"status\":\"failed\"}\n```\n"));
    }
}
