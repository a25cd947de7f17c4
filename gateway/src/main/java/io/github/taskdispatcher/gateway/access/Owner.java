package io.github.taskdispatcher.gateway.access;

import java.util.Set;

/**
 * The tenant that a client's key belongs to, as it is known in the store: neither the key nor the tenant's name can be read off
 * it. Immutable.
 *
 * @param tag what a new task of this tenant is marked with, 32 hex digits
 * @param tags the marks of all tasks that belong to the tenant: its own, and those its keys had before they named the tenant
 */
public record Owner(String tag, Set<String> tags) {}
