package org.minigpt4j.cluster.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;

import org.minigpt4j.cluster.protocol.MemberId;

import java.util.List;
import java.util.function.Consumer;

/**
 * The calling side of the {@link Handshake}: proves that it knows the secret and checks that the
 * other side does.
 */
final class Caller extends ByteToMessageDecoder {

    private final byte[] secret;
    private final byte[] call;
    private final Consumer<ChannelHandlerContext> welcome;

    /**
     * @param welcome called when both sides have proved it
     */
    Caller(byte[] secret, MemberId from, MemberId to, Consumer<ChannelHandlerContext> welcome) {
        this.secret = secret;
        this.call = Handshake.call(from, to);
        this.welcome = welcome;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.writeAndFlush(Unpooled.wrappedBuffer(call));
        context.fireChannelActive();
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        if (in.readableBytes() < Handshake.ANSWER) {
            return;
        }
        byte[] answer = Doorkeeper.take(in, Handshake.ANSWER);
        if (!Handshake.isAnswer(secret, call, answer)) {
            throw new WireFault("an answer that does not prove the run's secret");
        }
        context.writeAndFlush(Unpooled.wrappedBuffer(Handshake.proof(secret, call, answer)));
        welcome.accept(context);
        context.pipeline().remove(this);
    }
}
