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

/**
 * The scripts, one file each under {@code resources/redis}.
 *
 * <p>{@code --@include name} stands for {@code lib/name.lua}. {@code --@include name deferred} puts that file at the line
 * {@code --@deferred} instead: what the usual case does not need is then not made before that case returns.
 */
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

    private static final class Syntax {
        private static final Pattern INCLUDE = Pattern.compile("(?m)^--@include (\\w+)( deferred)?\n");
        private static final String DEFERRED = "--@deferred\n";
    }

    Script() {
        String source = read(name().toLowerCase(Locale.ROOT) + ".lua");
        StringBuilder deferred = new StringBuilder();
        String whole = Syntax.INCLUDE.matcher(source).replaceAll(include -> {
            String library = read("lib/" + include.group(1) + ".lua");
            if (include.group(2) == null) {
                return Matcher.quoteReplacement(library);
            }
            deferred.append(library);
            return "";
        });
        if (deferred.isEmpty() == whole.contains(Syntax.DEFERRED)) {
            throw new IllegalStateException(name() + " needs a line --@deferred for what it defers, and only then");
        }
        body = whole.replace(Syntax.DEFERRED, deferred).getBytes(UTF_8);
        sha = sha1(body);
    }

    /** The whole script, with the text of its includes. */
    byte[] body() {
        return body;
    }

    /** The script's name in Redis: its SHA-1 in hex digits. */
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
