package io.github.taskdispatcher.gateway.store;

/**
 * What a gateway says of itself once a second.
 *
 * @param address where it listens, {@code host:port}
 * @param startedAt, beatAt Redis time in ms
 * @param workers how many sockets of workers it has
 * @param held how many requests it holds
 * @param draining whether it is stopping
 */
public record GatewayInfo(
        String id,
        String version,
        String address,
        long startedAt,
        long beatAt,
        int workers,
        int held,
        boolean draining) {}
