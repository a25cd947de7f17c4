package io.github.taskdispatcher.gateway.openai;

/** The endpoints whose objects a worker need not write itself. */
enum Endpoint {
    CHAT("/v1/chat/completions", "messages", "choices"),
    COMPLETIONS("/v1/completions", "prompt", "choices"),
    EMBEDDINGS("/v1/embeddings", "input", "data"),
    IMAGES("/v1/images/generations", "prompt", "data"),
    RESPONSES("/v1/responses", null, "output"),
    /** Any other: what the worker says is the answer. */
    OTHER(null, null, null);

    private final String path;
    private final String required;
    private final String marker;

    Endpoint(String path, String required, String marker) {
        this.path = path;
        this.required = required;
        this.marker = marker;
    }

    static Endpoint of(String path) {
        for (Endpoint endpoint : values()) {
            if (path.equals(endpoint.path)) {
                return endpoint;
            }
        }
        return OTHER;
    }

    /** The member a request must have, or null. */
    String required() {
        return required;
    }

    /** The array by which its object is known. */
    String marker() {
        return marker;
    }
}
