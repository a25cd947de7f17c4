package io.github.taskdispatcher.gateway.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What stands for a key where the key itself cannot: {@code <expiry in ms>.<id>.<HMAC>}, signed with the key that asked for it. Every
 * gateway with the same keys accepts it, and no gateway keeps it. It opens no more than its key does, for one purpose and for a time:
 * a worker in a browser, which cannot send a header with a WebSocket, has one in its URL for a minute; an operator's browser has one
 * in a cookie. Any thread.
 */
final class Tickets {

    private static final Pattern FORM = Pattern.compile("((\\d{13})\\.([A-Za-z0-9_-]{22}))\\.([A-Za-z0-9_-]{43})");
    private static final int ID_BYTES = 16;

    /**
     * A ticket that is valid.
     *
     * @param id its own, random
     * @param until when it ends, in ms
     */
    record Valid(KeyRing.Holder holder, String id, long until) {}

    private final KeyRing keys;
    private final String purpose;
    private final long lifeMs;
    private final SecureRandom random = new SecureRandom();

    /** @param purpose goes into the signature, so that a ticket opens nothing else */
    Tickets(KeyRing keys, String purpose, long lifeMs) {
        this.keys = keys;
        this.purpose = purpose;
        this.lifeMs = lifeMs;
    }

    long lifeMs() {
        return lifeMs;
    }

    /** A ticket of this key's holder, valid for {@link #lifeMs} from {@code now}. */
    String issue(String key, long now) {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        String text = (now + lifeMs) + "." + base64(id);
        return text + '.' + base64(sign(KeyRing.hash(key), text));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The holder of a ticket; empty when the gateway did not make it, or it is out of date. */
    Optional<Valid> find(String ticket, long now) {
        Matcher form = FORM.matcher(ticket);
        if (!form.matches()) {
            return Optional.empty();
        }
        long until = Long.parseLong(form.group(2));
        if (until < now) {
            return Optional.empty();
        }
        byte[] signature = Base64.getUrlDecoder().decode(form.group(4));
        List<byte[]> hashes = keys.hashes();
        Valid found = null;
        for (int i = 0; i < hashes.size(); i++) {
            if (MessageDigest.isEqual(sign(hashes.get(i), form.group(1)), signature)) {
                found = new Valid(keys.holder(i), form.group(3), until);
            }
        }
        return Optional.ofNullable(found);
    }

    private byte[] sign(byte[] secret, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            return mac.doFinal((purpose + ' ' + text).getBytes(UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
