package org.minigpt4j.io.web;

import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.net.URIAuthority;

import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * An http or https address, split for a request.
 *
 * @param host scheme, name (or address without brackets) and port; the port is never -1
 * @param path path and query as sent; never empty
 */
public record WebAddress(HttpHost host, String path) {

    /**
     * The characters that {@link URI} accepts in addition to letters and digits; others are
     * escaped.
     */
    private static final String LEGAL = "-._~:/?#@!$&'()*+,;=%";

    /**
     * Parses an address from a list of links or a redirect as leniently as browsers do: blanks and
     * non-ASCII letters are escaped, international host names are converted to ASCII. Empty if it
     * is unusable.
     */
    public static Optional<URI> parse(String text) {
        String whole = text.strip();
        int name = whole.indexOf("://") + 3;
        int rest = 0;
        try {
            if (name > 3) {
                rest = name;
                while (rest < whole.length() && "/?#".indexOf(whole.charAt(rest)) < 0) {
                    rest++;
                }
            }
            String start = whole.substring(0, rest);
            if (!start.chars().allMatch(c -> c < 128)) {
                start = whole.substring(0, name) + IDN.toASCII(whole.substring(name, rest));
            }
            return Optional.of(new URI(start + escaped(whole.substring(rest))));
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String escaped(String text) {
        StringBuilder out = new StringBuilder(text.length() + 16);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        boolean fragment = false;
        for (int i = 0; i < bytes.length; i++) {
            char c = (char) (bytes[i] & 0xFF);
            boolean legal = c < 128 && (Character.isLetterOrDigit(c) || LEGAL.indexOf(c) >= 0);
            // A percent sign that does not begin an escape, and a second hash, are escaped.
            if (c == '%' && !(isHex(bytes, i + 1) && isHex(bytes, i + 2)) || c == '#' && fragment) {
                legal = false;
            }
            fragment |= c == '#';
            if (legal) {
                out.append(c);
            } else {
                out.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            }
        }
        return out.toString();
    }

    private static boolean isHex(byte[] bytes, int at) {
        return at < bytes.length && Character.digit(bytes[at], 16) >= 0;
    }

    /**
     * Splits an address; also accepts names with an underscore, which {@link URI#getHost} rejects.
     *
     * @throws FetchException if it is not http or https, or has no host
     */
    public static WebAddress of(URI address) throws FetchException {
        String scheme =
                address.getScheme() == null ? "" : address.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")
                || address.getRawAuthority() == null) {
            throw new FetchException(
                    FetchFault.BAD_ADDRESS, "not an http or https address: " + address);
        }
        try {
            URIAuthority authority = URIAuthority.create(address.getRawAuthority());
            String name = authority.getHostName().toLowerCase(Locale.ROOT);
            int port = authority.getPort();
            if (name.isEmpty() || port == 0 || port > 65535) {
                throw new FetchException(
                        FetchFault.BAD_ADDRESS, "the address has no host: " + address);
            }
            if (port < 0) {
                port = scheme.equals("https") ? 443 : 80;
            }
            URI ascii = URI.create(address.toASCIIString());
            String path = ascii.getRawPath();
            String query = ascii.getRawQuery();
            return new WebAddress(
                    new HttpHost(scheme, name, port),
                    (path == null || path.isEmpty() ? "/" : path)
                            + (query == null ? "" : "?" + query));
        } catch (URISyntaxException | IllegalArgumentException e) {
            throw new FetchException(
                    FetchFault.BAD_ADDRESS, "not a host: " + address.getRawAuthority());
        }
    }

    /** The host name to look up. */
    public String name() {
        return host.getHostName();
    }
}
