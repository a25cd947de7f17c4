package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The scripts, one file each under {@code resources/redis}; {@code --@include name} stands for {@code lib/name.lua}. */
enum Script {
    SUBMIT,
    JOIN,
    RESUME,
    READY,
    CLAIM,
    COMPLETE,
    GONE,
    BEAT,
    SWEEP,
    WITHDRAW,
    CANCEL,
    ABANDON,
    DETACH,
    PROGRESS,
    CHUNK,
    FOLLOW,
    LOOK,
    WATCH,
    ABOUT,
    DECLARE,
    RETRACT,
    REGISTER,
    UNREGISTER,
    ACCEPT,
    FORGET,
    ROUND,
    RECLAIM,
    REFUSE,
    CONFIRM;

    private final byte[] body;
    private final byte[] sha;

    Script() {
        String source = read(name().toLowerCase(Locale.ROOT) + ".lua");
        String whole = Pattern.compile("(?m)^--@include (\\w+)$")
                .matcher(source)
                .replaceAll(include -> Matcher.quoteReplacement(read("lib/" + include.group(1) + ".lua")));
        body = whole.getBytes(UTF_8);
        sha = sha1(body);
    }

    /** The whole script, includes resolved. */
    byte[] body() {
        return body;
    }

    /** What Redis calls it: a hash, in hex digits. */
    byte[] sha() {
        return sha;
    }

    private static String read(String path) {
        try (InputStream in = Script.class.getResourceAsStream("/redis/" + path)) {
            if (in == null) {
                throw new IllegalStateException("no script redis/" + path);
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] sha1(byte[] bytes) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-1").digest(bytes))
                    .getBytes(UTF_8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}
