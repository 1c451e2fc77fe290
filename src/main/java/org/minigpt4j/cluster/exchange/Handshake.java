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
 * How two ranks find out that both know the run's secret, without sending it. The one that connects
 * says who it is, whom it wants, and a random number (call, 64 bytes). The other answers with a
 * random number of its own and an HMAC-SHA-256 of both (answer, 64 bytes). The first sends another
 * HMAC of both (proof, 32 bytes). Random numbers make each proof good for one connection only.
 */
final class Handshake {

    static final int CALL = 64;
    static final int ANSWER = 64;
    static final int PROOF = 32;

    private static final byte[] MAGIC = "MG4J-X1\n".getBytes(StandardCharsets.US_ASCII);
    private static final SecureRandom RANDOM = new SecureRandom();

    private Handshake() {}

    /**
     * What a call says.
     *
     * @param from who calls
     * @param to whom it wants
     * @param bytes all of it
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
            throw new WireFault("something that is no call of a rank");
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
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
