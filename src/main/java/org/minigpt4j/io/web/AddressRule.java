package org.minigpt4j.io.web;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides which addresses may be connected to: only those of the public internet, so that a link in
 * a public list cannot reach into the local network. Source: IANA's registries of special purpose
 * addresses for IPv4 and IPv6 (RFC 6890). In IPv6, only global unicast, 2000::/3, is allowed,
 * without its special blocks. An IPv4 address inside an IPv6 address (NAT64, mapped) is judged by
 * itself.
 */
public final class AddressRule {

    private static final List<Block> CLOSED =
            List.of(
                    Block.of("0.0.0.0", 8), // this network, unspecified
                    Block.of("10.0.0.0", 8), // private
                    Block.of("100.64.0.0", 10), // carrier-grade NAT
                    Block.of("127.0.0.0", 8), // loopback
                    Block.of("169.254.0.0", 16), // link-local, with the clouds' metadata servers
                    Block.of("172.16.0.0", 12), // private
                    Block.of("192.0.0.0", 24), // protocol assignments
                    Block.of("192.0.2.0", 24), // documentation
                    Block.of("192.88.99.0", 24), // 6to4 relays
                    Block.of("192.168.0.0", 16), // private
                    Block.of("198.18.0.0", 15), // benchmarks
                    Block.of("198.51.100.0", 24), // documentation
                    Block.of("203.0.113.0", 24), // documentation
                    Block.of("224.0.0.0", 4), // multicast
                    Block.of("240.0.0.0", 4), // reserved, broadcast
                    Block.of("2001::", 23), // protocol assignments, with Teredo and benchmarks
                    Block.of("2001:db8::", 32), // documentation
                    Block.of("2002::", 16), // 6to4: contains an IPv4 address
                    Block.of("3fff::", 20)); // documentation

    private static final Block GLOBAL = Block.of("2000::", 3);
    private static final Block NAT64 = Block.of("64:ff9b::", 96);

    private final Set<InetSocketAddress> allowed = new HashSet<>();

    /**
     * Also allows these addresses, each given as {@code 127.0.0.1}, {@code 127.0.0.1:8080} or
     * {@code [::1]:8080}; without a port, any port is allowed.
     *
     * @throws IllegalArgumentException if an entry is not an address
     */
    public AddressRule(Set<String> allowedPrivate) {
        for (String entry : allowedPrivate) {
            allowed.add(parse(entry));
        }
    }

    /** Whether this address may be connected to on this port. */
    public boolean allows(InetAddress address, int port) {
        return isPublic(address)
                || allowed.contains(new InetSocketAddress(address, port))
                || allowed.contains(new InetSocketAddress(address, 0));
    }

    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (bytes.length == 16) {
            if (NAT64.holds(bytes)) {
                return isPublic(Arrays.copyOfRange(bytes, 12, 16));
            }
            return GLOBAL.holds(bytes) && isPublic(bytes);
        }
        return isPublic(bytes);
    }

    private static boolean isPublic(byte[] bytes) {
        return CLOSED.stream().noneMatch(block -> block.holds(bytes));
    }

    private static InetSocketAddress parse(String entry) {
        int colon = entry.lastIndexOf(':');
        boolean port = colon > 0 && (entry.indexOf(':') == colon || entry.charAt(colon - 1) == ']');
        String host = port ? entry.substring(0, colon) : entry;
        try {
            return new InetSocketAddress(
                    literal(host.replaceAll("^\\[|\\]$", "")),
                    port ? Integer.parseInt(entry.substring(colon + 1)) : 0);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    entry + " is not an address such as 127.0.0.1, 127.0.0.1:8080 or [::1]:8080",
                    e);
        }
    }

    /** Parses a literal address; never asks a name server. */
    private static InetAddress literal(String text) {
        if (!text.matches("[0-9]+(\\.[0-9]+){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")) {
            throw new IllegalArgumentException(text);
        }
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    /** Addresses that begin with the same {@code bits} bits. */
    private record Block(byte[] start, int bits) {

        static Block of(String address, int bits) {
            InetAddress start = literal(address);
            // Java would turn a mapped literal into the IPv4 address that it maps.
            assert (start instanceof Inet4Address) == !address.contains(":");
            return new Block(start.getAddress(), bits);
        }

        boolean holds(byte[] address) {
            if (address.length != start.length) {
                return false;
            }
            int whole = bits / 8;
            if (!Arrays.equals(address, 0, whole, start, 0, whole)) {
                return false;
            }
            int rest = 8 - bits % 8;
            return rest == 8 || (address[whole] & 0xFF) >> rest == (start[whole] & 0xFF) >> rest;
        }
    }
}
