package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells clients what to change where their path is none of this gateway's. Most come from a base URL that is set slightly
 * wrong, or from calls that need objects which the server keeps.
 */
final class WrongPaths {

    /** Where an OpenAI client looks when its base URL does not end with {@code /v1}. */
    private static final Pattern ENDPOINT = Pattern.compile(
            "(?!/(dashboard|api/dashboard|test-worker)/).*/(chat/completions|completions|embeddings|images/generations"
                    + "|responses|models|moderations|audio/(speech|transcriptions|translations))/?");

    /** The parts behind {@code /v1} under which OpenAI keeps objects for its clients. */
    private static final Set<String> STATEFUL = Set.of(
            "assistants",
            "batches",
            "chatkit",
            "containers",
            "conversations",
            "evals",
            "files",
            "fine_tuning",
            "organization",
            "realtime",
            "skills",
            "threads",
            "uploads",
            "vector_stores",
            "videos");

    /** Endpoints below which nothing else is served. */
    private static final Set<String> LEAVES = Set.of("chat", "completions", "embeddings");

    private WrongPaths() {}

    /** Why a path outside {@code /v1} is not answered, when an OpenAI client seems to ask; null when none does. */
    static BadRequest outside(String method, String path) {
        if (path.contains("//") && path.replaceAll("/{2,}", "/").startsWith("/v1/")) {
            return emptyPart(method, path);
        }
        return ENDPOINT.matcher(path).matches()
                ? unknown(
                        method,
                        path,
                        "the OpenAI API is under /v1, end the base URL with it, as in http://localhost:3000/v1")
                : null;
    }

    /** Why nothing is served under this path below {@code /v1}, whatever the method; null when something may be. */
    static BadRequest below(String method, String path) {
        if (path.contains("//")) {
            return emptyPart(method, path);
        }
        String[] parts = path.split("/");
        if (parts.length < 3) {
            return null;
        }
        if (parts[2].equals("v1")) {
            return unknown(
                    method, path, "it has /v1 twice, leave it out of the base URL: this client adds it by itself");
        }
        if (STATEFUL.contains(parts[2])) {
            return new BadRequest(
                    ErrorCode.UNSUPPORTED_ENDPOINT,
                    "Unsupported endpoint: " + method + ' ' + path
                            + " needs objects that the server keeps, which this gateway does not");
        }
        if (LEAVES.contains(parts[2]) && Endpoint.of(path) == Endpoint.OTHER) {
            return unknown(
                    method, path, "the endpoints here are /v1/chat/completions, /v1/completions and /v1/embeddings");
        }
        return null;
    }

    static BadRequest unknown(String method, String path, String why) {
        return new BadRequest(ErrorCode.NOT_FOUND, "Unknown request URL: " + method + ' ' + path + ": " + why);
    }

    private static BadRequest emptyPart(String method, String path) {
        return unknown(method, path, "it has an empty part (//), take the slash from the end of the base URL");
    }
}
