package org.minigpt4j.cluster.exchange;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.timeout.ReadTimeoutHandler;

import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Opens connections to other ranks. */
final class Dialer {

    /**
     * Name of the read-timeout handler; remove it once no more data is expected on the connection.
     */
    static final String LATE = "late";

    /** Name of the last handler in a caller's pipeline. */
    static final String END = "end";

    private static final int CALL_TIMEOUT_MILLIS = 3_000;

    private final EventLoopGroup threads;
    private final MemberId self;
    private final WireSettings settings;

    Dialer(EventLoopGroup threads, MemberId self, WireSettings settings) {
        this.threads = threads;
        this.self = self;
        this.settings = settings;
    }

    /**
     * A handler that fails a connection on which nothing arrives for {@link WireSettings#silence}.
     */
    ReadTimeoutHandler late() {
        return new ReadTimeoutHandler(settings.silence().toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Connects to a member.
     *
     * @param welcome called when both sides have proved that they belong to the run
     * @param after handlers for the data after the handshake
     */
    ChannelFuture dial(
            Member to, Consumer<ChannelHandlerContext> welcome, ChannelHandler... after) {
        var handler =
                new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        var pipeline = channel.pipeline();
                        settings.tls()
                                .ifPresent(
                                        tls ->
                                                pipeline.addLast(
                                                        tls.handler(false, channel.alloc())));
                        pipeline.addLast(LATE, late());
                        pipeline.addLast(new Caller(settings.secret(), self, to.id(), welcome));
                        for (int i = 0; i < after.length; i++) {
                            pipeline.addLast(i == after.length - 1 ? END : null, after[i]);
                        }
                    }
                };
        return new Bootstrap()
                .group(threads)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CALL_TIMEOUT_MILLIS)
                .handler(handler)
                .connect(to.host(), to.port());
    }

    /** Fetches a state; see {@link PeerExchange#fetch}. */
    Optional<byte[]> fetch(Member from, int step, long millis) throws InterruptedException {
        var answer = new CompletableFuture<byte[]>();
        byte[] nothing = {};
        var ask = new WireMessage(WireKind.FETCH, 0, step, nothing);
        ChannelFuture connecting =
                dial(
                        from,
                        context -> WireWriter.write(context.channel(), ask),
                        new WireReader(settings.largest()),
                        new WireEnd(
                                why -> answer.complete(nothing),
                                message -> answer.complete(message.content()),
                                false));
        connecting.addListener(
                done -> {
                    if (!done.isSuccess()) {
                        answer.complete(nothing);
                    }
                });
        try {
            byte[] state = answer.get(millis, TimeUnit.MILLISECONDS);
            return state.length == 0 ? Optional.empty() : Optional.of(state);
        } catch (TimeoutException | ExecutionException e) {
            return Optional.empty();
        } finally {
            connecting.channel().close();
        }
    }
}
