package io.github.taskdispatcher.gateway.config;

import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The files that keys were read from, so that they can be read again. Each is null when the keys of that role come from a variable,
 * or when the role has none. Immutable.
 *
 * @param clients of {@code API_KEYS_FILE}
 * @param workers of {@code WORKER_KEYS_FILE}
 * @param admins of {@code ADMIN_KEYS_FILE}
 */
public record KeyFiles(Path clients, Path workers, Path admins) {

    /** No keys come from a file. */
    public static final KeyFiles NONE = new KeyFiles(null, null, null);

    /** The files there are. */
    public List<Path> all() {
        return Stream.of(clients, workers, admins).filter(Objects::nonNull).toList();
    }

    /**
     * Reads the files again. Blocks.
     *
     * @param before what holds for the roles whose keys come from no file
     * @throws InvalidSettingsException when a file cannot be read, holds no key, or holds a wrong line; names every problem
     */
    public AccessConfig read(AccessConfig before) throws InvalidSettingsException {
        List<String> problems = new ArrayList<>();
        AccessConfig read = new AccessConfig(
                read(Setting.API_KEYS, clients, KeyList.Suffix.TENANT, before.clientKeys(), problems),
                read(Setting.WORKER_KEYS, workers, KeyList.Suffix.GROUPS, before.workerKeys(), problems),
                read(Setting.ADMIN_KEYS, admins, KeyList.Suffix.NONE, before.adminKeys(), problems),
                before.origins(),
                before.hosts(),
                before.taskAccess(),
                this);
        problems.addAll(ModelOwners.conflicts(read.workerKeys()));
        if (!problems.isEmpty()) {
            throw new InvalidSettingsException(problems);
        }
        return read;
    }

    private static List<AccessKey> read(
            Setting setting, Path file, KeyList.Suffix suffix, List<AccessKey> before, List<String> problems) {
        return file == null ? before : KeyList.read(setting.name(), "", file.toString(), suffix, problems);
    }
}
