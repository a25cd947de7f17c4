package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.http.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/** The files of the pages, from the class path: our own under {@code dashboard/}, two libraries from their WebJars. */
final class Pages {

    private static final Pattern PATH =
            Pattern.compile("[a-z0-9-]+(/[A-Za-z0-9-]+)*(\\.[A-Za-z0-9-]+)*\\.(js|css|svg|html|yaml)");
    private static final String LIBRARIES = "lib/";
    private static final Map<String, String> TYPES = Map.of(
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "html", "text/html; charset=utf-8",
            "yaml", "text/yaml; charset=utf-8");

    /**
     * @param etag changes with the content, which two gateways of one version share
     */
    record Page(String type, String etag, byte[] plain, byte[] gzipped) {

        Answer answer(boolean gzip) {
            return new Answer(200, gzip ? gzipped : plain);
        }
    }

    private final ConcurrentMap<String, Optional<Page>> pages = new ConcurrentHashMap<>();

    /** The file of this path below {@code /dashboard/}; empty when there is none. */
    Optional<Page> find(String path) {
        if (path.length() > 100 || !PATH.matcher(path).matches()) {
            return Optional.empty();
        }
        Optional<Page> known = pages.get(path);
        if (known == null) {
            known = read(path);
            if (known.isPresent()) {
                pages.put(path, known);
            }
        }
        return known;
    }

    private static Optional<Page> read(String path) {
        String resource =
                path.startsWith(LIBRARIES) ? library(path.substring(LIBRARIES.length())) : "/dashboard/" + path;
        try (InputStream in = Pages.class.getResourceAsStream(resource)) {
            if (in == null) {
                return Optional.empty();
            }
            byte[] plain = in.readAllBytes();
            ByteArrayOutputStream gzipped = new ByteArrayOutputStream();
            try (GZIPOutputStream gzip = new GZIPOutputStream(gzipped)) {
                gzip.write(plain);
            }
            String ending = path.substring(path.lastIndexOf('.') + 1);
            return Optional.of(new Page(TYPES.get(ending), etag(plain), plain, gzipped.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code lit-html/lit-html.js} of whatever version is on the class path. */
    private static String library(String path) {
        int slash = path.indexOf('/');
        String name = slash < 0 ? path : path.substring(0, slash);
        Properties facts = new Properties();
        String pom = "/META-INF/maven/org.webjars.npm/" + name + "/pom.properties";
        try (InputStream in = Pages.class.getResourceAsStream(pom)) {
            if (in != null) {
                facts.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return "/META-INF/resources/webjars/" + name + '/' + facts.getProperty("version")
                + path.substring(Math.max(0, slash));
    }

    private static String etag(byte[] content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return '"' + HexFormat.of().formatHex(hash, 0, 8) + '"';
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
