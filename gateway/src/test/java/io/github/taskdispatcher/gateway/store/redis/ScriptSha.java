package io.github.taskdispatcher.gateway.store.redis;

/** What a script is called on the wire, for tests that break a link at the moment it runs. */
public final class ScriptSha {

    private ScriptSha() {}

    /** @param name of the script in capitals, such as {@code CLAIM} */
    public static String of(String name) {
        return RedisLink.text(Script.valueOf(name).sha());
    }
}
