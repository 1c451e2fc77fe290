package org.minigpt4j.cluster.exchange;

import org.minigpt4j.cluster.protocol.MemberId;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * How two ranks prove to each other that they know the run's secret, without sending it. The
 * connecting rank sends its id, the id of the rank it wants, and a random number (call, 64 bytes).
 * The other replies with a second random number and an HMAC-SHA-256 over both (answer, 64 bytes).
 * The first then sends another HMAC over both (proof, 32 bytes). The random numbers make each proof
 * valid for one connection only.
 */
final class Handshake {

    static final int CALL = 64;
    static final int ANSWER = 64;
    static final int PROOF = 32;

    private static final byte[] MAGIC = "MG4J-X1\n".getBytes(StandardCharsets.US_ASCII);
    private static final SecureRandom RANDOM = new SecureRandom();

    private Handshake() {}

    /**
     * The first message of a handshake.
     *
     * @param from the rank that connects
     * @param to the rank that it wants to reach
     * @param bytes the whole message
     */
    record Call(MemberId from, MemberId to, byte[] bytes) {}

    static byte[] call(MemberId from, MemberId to) {
        return ByteBuffer.allocate(CALL)
                .put(MAGIC)
                .putInt(from.slot())
                .putLong(from.life())
                .putInt(to.slot())
                .putLong(to.life())
                .put(random())
                .array();
    }

    static Call read(byte[] call) {
        ByteBuffer bytes = ByteBuffer.wrap(call);
        byte[] magic = new byte[MAGIC.length];
        bytes.get(magic);
        if (!MessageDigest.isEqual(magic, MAGIC)) {
            throw new WireFault("something that is not a rank's call");
        }
        MemberId from = new MemberId(bytes.getInt(), bytes.getLong());
        return new Call(from, new MemberId(bytes.getInt(), bytes.getLong()), call);
    }

    static byte[] answer(byte[] secret, byte[] call) {
        byte[] nonce = random();
        return ByteBuffer.allocate(ANSWER)
                .put(nonce)
                .put(mac(secret, "answer", call, nonce))
                .array();
    }

    static boolean isAnswer(byte[] secret, byte[] call, byte[] answer) {
        byte[] nonce = nonce(answer);
        byte[] mac = new byte[PROOF];
        ByteBuffer.wrap(answer).position(nonce.length).get(mac);
        return MessageDigest.isEqual(mac, mac(secret, "answer", call, nonce));
    }

    static byte[] proof(byte[] secret, byte[] call, byte[] answer) {
        return mac(secret, "proof", call, nonce(answer));
    }

    static boolean isProof(byte[] secret, byte[] call, byte[] answer, byte[] proof) {
        return MessageDigest.isEqual(proof, proof(secret, call, answer));
    }

    private static byte[] nonce(byte[] answer) {
        byte[] nonce = new byte[32];
        ByteBuffer.wrap(answer).get(nonce);
        return nonce;
    }

    private static byte[] random() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static byte[] mac(byte[] secret, String role, byte[] call, byte[] nonce) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update(role.getBytes(StandardCharsets.US_ASCII));
            mac.update(call);
            return mac.doFinal(nonce);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has HmacSHA256
        }
    }
}
