package io.github.taskdispatcher.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.eclipse.jetty.server.Request;

/**
 * The header {@code Idempotency-Key}: requests of one tenant that bring the same one are one request. Where clients need no key,
 * the same {@code Authorization} tells that they belong together.
 *
 * @param name the key and its tenant, hashed, so that a reader of the store learns no key
 */
public record IdempotencyKey(String name) {

    private static final String HEADER = "Idempotency-Key";
    private static final int MAX_LENGTH = 255;

    /**
     * The key of this request, or null.
     *
     * @param owner tag of the tenant whose request it is; empty where clients need no key
     */
    public static IdempotencyKey of(Request request, String owner) throws BadRequest {
        if (!request.getHeaders().contains(HEADER)) {
            return null;
        }
        List<String> keys = request.getHeaders().getValuesList(HEADER);
        String key = keys.size() == 1 ? keys.get(0) : "";
        if (key.isEmpty() || key.length() > MAX_LENGTH || !key.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new BadRequest(
                    ErrorCode.INVALID_REQUEST,
                    "Invalid request: Idempotency-Key must be given once, 1 to " + MAX_LENGTH + " characters of ASCII");
        }
        String whose = owner.isEmpty() ? Objects.requireNonNullElse(ClientKey.of(request), "") : owner;
        return new IdempotencyKey(hash(whose + '\n' + key, new byte[0]));
    }

    /** What the request says, hashed. */
    public static String fingerprint(String path, byte[] body) {
        return hash(path + '\n', body);
    }

    /** The tenant of the request, and all the request says, hashed: for requests that have no key of their own. */
    public static String derived(String owner, String path, String group, byte[] body) {
        return hash("request\n" + owner + '\n' + path + '\n' + group + '\n', body);
    }

    private static String hash(String head, byte[] body) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(head.getBytes(UTF_8));
            return HexFormat.of().formatHex(digest.digest(body), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
