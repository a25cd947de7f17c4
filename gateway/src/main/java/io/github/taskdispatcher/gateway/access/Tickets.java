package io.github.taskdispatcher.gateway.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What stands for a key where the key itself cannot: {@code <expiry in ms>.<HMAC>}, signed with the key that asked for it,
 * so every gateway with the same keys takes it and none keeps it. It opens no more than its key does, for one purpose and
 * for a time: a worker in a browser, which cannot send a header with a WebSocket, has one in its URL for a minute; an
 * operator's browser has one in a cookie.
 */
final class Tickets {

    private static final Pattern FORM = Pattern.compile("(\\d{13})\\.([A-Za-z0-9_-]{43})");

    private final KeyRing keys;
    private final String purpose;
    private final long lifeMs;

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
        String expiry = Long.toString(now + lifeMs);
        return expiry + '.' + Base64.getUrlEncoder().withoutPadding().encodeToString(sign(KeyRing.hash(key), expiry));
    }

    /** Whose ticket it is; empty when it is nobody's, or out of date. */
    Optional<KeyRing.Holder> find(String ticket, long now) {
        Matcher form = FORM.matcher(ticket);
        if (!form.matches() || Long.parseLong(form.group(1)) < now) {
            return Optional.empty();
        }
        byte[] signature = Base64.getUrlDecoder().decode(form.group(2));
        List<byte[]> hashes = keys.hashes();
        KeyRing.Holder found = null;
        for (int i = 0; i < hashes.size(); i++) {
            if (MessageDigest.isEqual(sign(hashes.get(i), form.group(1)), signature)) {
                found = keys.holder(i);
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
