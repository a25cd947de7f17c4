package io.github.taskdispatcher.gateway.access;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * Where a request comes from. What a proxy says in {@code X-Forwarded-For} and {@code X-Forwarded-Proto} counts only when the
 * connection itself comes from a loopback, link-local or private address, where proxies stand: anybody may send these headers.
 *
 * @param network the address, of IPv6 the first 64 bits: that many one host has to itself
 * @param encrypted whether the browser's connection is TLS
 */
public record Peer(String network, boolean encrypted) {

    private static final Pattern IPV4 = Pattern.compile("(\\d{1,3})(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

    /**
     * @param address of the connection
     * @param scheme of the connection
     * @param forwardedFor header or null
     * @param forwardedProto header or null
     */
    public static Peer of(String address, String scheme, String forwardedFor, String forwardedProto) {
        InetAddress connection = parse(address);
        boolean encrypted = "https".equals(scheme);
        if (connection == null || !isNear(connection)) {
            return new Peer(network(connection, address), encrypted);
        }
        // The last address is the one that the nearest proxy saw; those before it are what it was told.
        String last = forwardedFor == null
                ? ""
                : forwardedFor.substring(forwardedFor.lastIndexOf(',') + 1).strip();
        InetAddress client = parse(last);
        return new Peer(
                client == null ? network(connection, address) : network(client, last),
                encrypted || "https".equals(forwardedProto));
    }

    private static boolean isNear(InetAddress address) {
        return address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                // Unique local addresses, fc00::/7.
                || address instanceof Inet6Address && (address.getAddress()[0] & 0xfe) == 0xfc;
    }

    /** Null for what is no address; never asks a name server. */
    private static InetAddress parse(String text) {
        String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        int zone = bare.indexOf('%');
        String literal = zone < 0 ? bare : bare.substring(0, zone);
        boolean numeric = IPV4.matcher(literal).matches()
                || literal.indexOf(':') >= 0 && IPV6.matcher(literal).matches();
        try {
            return numeric ? InetAddress.getByName(literal) : null;
        } catch (UnknownHostException notAnAddress) {
            return null;
        }
    }

    private static String network(InetAddress address, String text) {
        if (address == null) {
            return text;
        }
        return address instanceof Inet6Address
                ? HexFormat.of().formatHex(Arrays.copyOf(address.getAddress(), 8)) + "/64"
                : address.getHostAddress();
    }
}
