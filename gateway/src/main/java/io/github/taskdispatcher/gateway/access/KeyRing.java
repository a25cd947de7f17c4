package io.github.taskdispatcher.gateway.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessKey;
import io.github.taskdispatcher.task.GroupName;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The keys of one role. Several are valid at once, so that they can be changed without a gap. Immutable. */
final class KeyRing {

    /**
     * A key that was recognised.
     *
     * @param name a few digits of its hash, for logs and for counting; does not tell the key
     * @param groups what it is bound to; empty for every group
     * @param owner the tenant it belongs to
     */
    record Holder(String name, Set<GroupName> groups, Owner owner) {
        boolean mayServe(GroupName group) {
            return groups.isEmpty() || groups.contains(group);
        }
    }

    private record Entry(byte[] hash, Holder holder) {}

    private final List<Entry> entries;

    KeyRing(List<AccessKey> keys) {
        entries = keys.stream()
                .map(key -> {
                    byte[] hash = hash(key.text());
                    return new Entry(
                            hash, new Holder(HexFormat.of().formatHex(hash, 0, 4), key.groups(), owner(key, keys)));
                })
                .toList();
    }

    /** A key that names no tenant is a tenant of its own, whatever names others have. */
    private static Owner owner(AccessKey key, List<AccessKey> all) {
        if (key.tenant().isEmpty()) {
            return new Owner(tag("key", key.text()), Set.of(tag("key", key.text())));
        }
        String tag = tag("tenant", key.tenant());
        Set<String> tags = all.stream()
                .filter(other -> other.tenant().equals(key.tenant()))
                .map(other -> tag("key", other.text()))
                .collect(Collectors.toSet());
        tags.add(tag);
        return new Owner(tag, Set.copyOf(tags));
    }

    private static String tag(String kind, String text) {
        return HexFormat.of().formatHex(hash("owner " + kind + ' ' + text), 0, 16);
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** The holder of this key. Takes as long for a wrong one as for any other: hashes are compared, and all of them. */
    Optional<Holder> find(String presented) {
        if (presented == null) {
            return Optional.empty();
        }
        byte[] hash = hash(presented);
        Holder found = null;
        for (Entry entry : entries) {
            if (MessageDigest.isEqual(entry.hash, hash)) {
                found = entry.holder;
            }
        }
        return Optional.ofNullable(found);
    }

    /** Whether a key of this name is there and may serve the group. */
    boolean has(String name, GroupName group) {
        return entries.stream()
                .map(Entry::holder)
                .anyMatch(holder -> holder.name().equals(name) && holder.mayServe(group));
    }

    /** The hashes of all keys, to derive secrets from. */
    List<byte[]> hashes() {
        return entries.stream().map(Entry::hash).toList();
    }

    Holder holder(int index) {
        return entries.get(index).holder;
    }

    static byte[] hash(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
