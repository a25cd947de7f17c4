package io.github.taskdispatcher.gateway.config;

import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessKey;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.wire.FromWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads a list of keys: from a variable, separated by commas, or from a file, one a line, lines with {@code #} left out. A
 * worker's key may be bound to groups, and give them models: {@code key=group1|group2;group3:model1|model2}. A client's key may
 * name its tenant: {@code key=tenant}. Complaints name the place of a key, never the key.
 */
final class KeyList {

    /** What fits into a header and into a URL; 16 of them are the least that cannot be guessed. */
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._~+/-]{16,256}");

    private static final Pattern TENANT = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** What may stand behind a key and {@code =}. */
    enum Suffix {
        /** Nothing. */
        NONE,
        /** The groups a worker's key is bound to. */
        GROUPS,
        /** The tenant of a client's key. */
        TENANT
    }

    private final String name;
    private final Suffix suffix;
    private final List<String> problems;
    private final List<AccessKey> keys = new ArrayList<>();

    private KeyList(String name, Suffix suffix, List<String> problems) {
        this.name = name;
        this.suffix = suffix;
        this.problems = problems;
    }

    /**
     * @param name of the setting, for complaints
     * @param suffix what may stand behind a key
     * @param problems where complaints go
     */
    static List<AccessKey> read(String name, String text, String file, Suffix suffix, List<String> problems) {
        KeyList list = new KeyList(name, suffix, problems);
        if (!text.isEmpty() && !file.isEmpty()) {
            problems.add(name + " and " + name + "_FILE are both set: use one of them");
        } else if (!text.isEmpty()) {
            list.addAll(List.of(text.split(",")));
        } else if (!file.isEmpty()) {
            list.addFile(file);
        }
        return List.copyOf(list.keys);
    }

    private void addFile(String file) {
        int before = problems.size();
        try {
            List<String> lines = Files.readAllLines(Path.of(file));
            addAll(lines.stream().filter(line -> !line.startsWith("#")).toList());
        } catch (IOException | InvalidPathException e) {
            problems.add(name + "_FILE cannot be read: " + e.getClass().getSimpleName());
            return;
        }
        if (keys.isEmpty() && problems.size() == before) {
            problems.add(name + "_FILE holds no key");
        }
    }

    private void addAll(List<String> entries) {
        int number = 0;
        for (String entry : entries) {
            if (!entry.isBlank()) {
                add(entry.strip(), ++number);
            }
        }
    }

    private void add(String entry, int number) {
        int equals = suffix != Suffix.NONE ? entry.indexOf('=') : -1;
        String key = equals < 0 ? entry : entry.substring(0, equals).strip();
        if (!KEY.matcher(key).matches()) {
            problems.add("key " + number + " of " + name + " must be 16 to 256 characters of A-Z a-z 0-9 . _ ~ + / -"
                    + " (./dispatcher key prints one)");
            return;
        }
        if (suffix == Suffix.TENANT && equals >= 0) {
            addOfTenant(key, entry.substring(equals + 1).strip(), number);
            return;
        }
        Grants grants = new Grants();
        if (equals >= 0) {
            for (String grant : entry.substring(equals + 1).split(";", -1)) {
                String problem = grants.add(grant.strip());
                if (problem != null) {
                    problems.add("key " + number + " of " + name + ' ' + problem);
                    return;
                }
            }
        }
        keys.add(new AccessKey(key, grants.groups, "", grants.models));
    }

    /** What stands behind a key's {@code =}. */
    private static final class Grants {

        final Set<GroupName> groups = new LinkedHashSet<>();
        final Map<String, GroupName> models = new LinkedHashMap<>();

        /** Adds {@code group1|group2} or {@code group:model1|model2}; says what is wrong, or null. */
        String add(String grant) {
            int colon = grant.indexOf(':');
            String[] names = (colon < 0 ? grant : grant.substring(0, colon)).split("\\|", -1);
            for (String group : names) {
                Optional<GroupName> parsed = GroupName.parse(group.strip());
                if (parsed.isEmpty()) {
                    return "names a group that is none: a group is " + GroupName.RULE;
                }
                groups.add(parsed.get());
            }
            if (colon < 0) {
                return null;
            }
            if (names.length > 1) {
                return "names several groups before the ':': separate groups with models by ';',"
                        + " as in key=group1:model1|model2;group2:model3";
            }
            GroupName owner = new GroupName(names[0].strip());
            for (String model : grant.substring(colon + 1).split("\\|", -1)) {
                String problem = addModel(owner, model.strip());
                if (problem != null) {
                    return problem;
                }
            }
            return null;
        }

        private String addModel(GroupName owner, String model) {
            if (model.isEmpty()) {
                return "gives the group " + owner + " a model without a name: write key=group:model1|model2";
            }
            if (model.length() > FromWorker.Hello.MAX_NAME_LENGTH) {
                return "gives the group " + owner + " a model whose name is longer than "
                        + FromWorker.Hello.MAX_NAME_LENGTH + " characters";
            }
            GroupName other = models.putIfAbsent(model, owner);
            return other == null || other.equals(owner)
                    ? null
                    : "gives the model " + model + " to the groups " + other + " and " + owner
                            + ": give it to one of them";
        }
    }

    private void addOfTenant(String key, String tenant, int number) {
        if (!TENANT.matcher(tenant).matches()) {
            problems.add("key " + number + " of " + name
                    + " names a tenant that is none: write key=tenant, 1 to 64 characters of A-Z a-z 0-9 . _ -");
            return;
        }
        keys.add(new AccessKey(key, Set.of(), tenant, Map.of()));
    }
}
