package org.minigpt4j.io.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;

class AddressRuleTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.254",
                "169.254.169.254",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.8",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.255",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::ffff:10.0.0.1",
                "::10.0.0.1",
                "fe80::1",
                "fec0::1",
                "fc00::1",
                "fd12:3456::1",
                "ff02::1",
                "2001::1",
                "2001:2::1",
                "2001:db8::1",
                "3fff::1",
                "2002:7f00:1::",
                "2002:808:808::",
                "64:ff9b::10.0.0.1",
                "64:ff9b::7f00:1",
                "64:ff9b:1::808:808",
                "100::1",
                "5f00::1",
                "4000::1"
            })
    void refusesWhatIsNotTheOpenInternet(String address) throws UnknownHostException {
        assertFalse(AddressRule.isPublic(InetAddress.getByName(address)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "169.253.0.1",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.0.1",
                "198.20.0.0",
                "223.255.255.255",
                "::ffff:8.8.8.8",
                "64:ff9b::808:808",
                "2606:4700::1111",
                "2001:200::1",
                "2a00:1450::1",
                "2003::1",
                "3ffe::1"
            })
    void letsTheOpenInternetThrough(String address) throws UnknownHostException {
        assertTrue(AddressRule.isPublic(InetAddress.getByName(address)));
    }

    @Test
    void allowsAPrivateAddressOnlyOnItsPort() throws UnknownHostException {
        InetAddress one = InetAddress.getByName("127.0.0.1");
        InetAddress two = InetAddress.getByName("::1");
        AddressRule rule = new AddressRule(Set.of("127.0.0.1:8080", "[::1]:81", "10.0.0.1"));
        assertTrue(rule.allows(one, 8080));
        assertFalse(rule.allows(one, 8081));
        assertFalse(rule.allows(InetAddress.getByName("127.0.0.2"), 8080));
        assertTrue(rule.allows(two, 81));
        assertFalse(rule.allows(two, 80));
        assertTrue(rule.allows(InetAddress.getByName("10.0.0.1"), 1234));
    }

    @Test
    void takesNoNamesAsAllowed() {
        for (String entry : Set.of("localhost", "localhost:80", "127.0.0.1:x", "", "a.b.c.d")) {
            IllegalArgumentException e =
                    assertThrows(
                            IllegalArgumentException.class, () -> new AddressRule(Set.of(entry)));
            assertEquals(
                    entry + " is not an address such as 127.0.0.1, 127.0.0.1:8080 or [::1]:8080",
                    e.getMessage());
        }
    }
}
