package io.github.taskdispatcher.gateway.ws;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HexFormat;
import org.eclipse.jetty.server.Request;

/** By what the workers of one peer are counted where workers need no key. */
final class Address {

    /** A peer with IPv6 has at least all addresses that begin with the same 64 bits. */
    private static final int NETWORK_BYTES = 8;

    private Address() {}

    /** The address that a request comes from, of IPv6 its network; behind a proxy that is the proxy's. Has no spaces. */
    static String of(Request request) {
        SocketAddress remote = request.getConnectionMetaData().getRemoteSocketAddress();
        InetAddress address = remote instanceof InetSocketAddress inet ? inet.getAddress() : null;
        if (address == null) {
            return "@local";
        }
        return "@"
                + (address instanceof Inet6Address
                        ? HexFormat.of().formatHex(address.getAddress(), 0, NETWORK_BYTES)
                        : address.getHostAddress());
    }
}
