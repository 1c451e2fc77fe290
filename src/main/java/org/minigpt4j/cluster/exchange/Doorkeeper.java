package org.minigpt4j.cluster.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;

import org.minigpt4j.cluster.protocol.MemberId;

import java.util.List;
import java.util.function.BiConsumer;

/**
 * The called side of the {@link Handshake}: rejects callers that cannot prove that they know the
 * secret.
 */
final class Doorkeeper extends ByteToMessageDecoder {

    private final byte[] secret;
    private final MemberId self;
    private final BiConsumer<ChannelHandlerContext, MemberId> welcome;
    private Handshake.Call call;
    private byte[] answer;

    /**
     * @param welcome called with the accepted caller before anything else that it sends is read
     */
    Doorkeeper(byte[] secret, MemberId self, BiConsumer<ChannelHandlerContext, MemberId> welcome) {
        this.secret = secret;
        this.self = self;
        this.welcome = welcome;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (call == null && in.readableBytes() >= Handshake.CALL) {
            call = Handshake.read(take(in, Handshake.CALL));
            if (!call.to().equals(self)) {
                throw new WireFault("a call for %s, which does not run here".formatted(call.to()));
            }
            answer = Handshake.answer(secret, call.bytes());
            context.writeAndFlush(Unpooled.wrappedBuffer(answer));
        }
        if (call != null && in.readableBytes() >= Handshake.PROOF) {
            byte[] proof = take(in, Handshake.PROOF);
            if (!Handshake.isProof(secret, call.bytes(), answer, proof)) {
                throw new WireFault("a call without the run's secret");
            }
            welcome.accept(context, call.from());
            context.pipeline().remove(this); // passes unread bytes on
        }
    }

    static byte[] take(ByteBuf in, int length) {
        byte[] bytes = new byte[length];
        in.readBytes(bytes);
        return bytes;
    }
}
