package io.github.taskdispatcher.gateway.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The host names a gateway answers to where it asks for no key: names of loopback, {@code HOST}, and {@code ALLOWED_HOSTS}.
 *
 * <p>A page on a foreign name that an attacker lets point to 127.0.0.1 (DNS rebinding) is of the same origin as the gateway
 * for its browser. Only the {@code Host} of its requests tells it apart. Immutable.
 */
final class HostNames {

    private static final Pattern AUTHORITY =
            Pattern.compile("(\\[[0-9A-Fa-f:.]{2,45}]|[A-Za-z0-9._-]{1,255})(?::\\d{0,5})?");
    private static final Pattern IPV4_LOOPBACK = Pattern.compile("127(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}");

    private final Set<String> names;

    /** @param names hosts without a port, IPv6 with or without brackets */
    HostNames(Set<String> names) {
        this.names = names.stream().map(HostNames::normal).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Whether a request with these {@code Host} headers may be answered: there must be one, and it must name this gateway.
     */
    boolean include(List<String> headers) {
        if (headers.size() != 1) {
            return false;
        }
        Matcher authority = AUTHORITY.matcher(headers.get(0).strip());
        if (!authority.matches()) {
            return false;
        }
        String name = normal(authority.group(1));
        return isLoopback(name) || names.contains(name);
    }

    /** Lower case, without a dot at the end; an IPv6 address in the JDK's spelling. */
    private static String normal(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.indexOf(':') >= 0) {
            try {
                // A literal: no name is looked up.
                String address = name.startsWith("[") ? name : '[' + name + ']';
                return InetAddress.getByName(address).getHostAddress();
            } catch (UnknownHostException notAnAddress) {
                return name;
            }
        }
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static boolean isLoopback(String name) {
        return name.equals("localhost")
                || name.endsWith(".localhost")
                || name.equals("0:0:0:0:0:0:0:1")
                || IPV4_LOOPBACK.matcher(name).matches();
    }
}
