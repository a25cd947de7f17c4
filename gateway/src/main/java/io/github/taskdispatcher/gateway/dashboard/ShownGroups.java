package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.task.GroupName;
import java.util.Comparator;
import java.util.List;

/**
 * The groups that a view looks into.
 *
 * @param names ordered by name
 * @param left how many groups there are beside them: a page shows some groups, those with tasks before all others
 */
record ShownGroups(List<GroupName> names, long left) {

    static ShownGroups of(GroupStore.Recent recent) {
        List<GroupName> names = recent.groups().stream()
                .sorted(Comparator.comparing(GroupName::text))
                .toList();
        return new ShownGroups(names, recent.total() - names.size());
    }
}
