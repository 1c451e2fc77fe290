package org.minigpt4j.cluster.exchange;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.util.ReferenceCountUtil;

import java.util.function.Consumer;

import javax.net.ssl.SSLException;

/**
 * The last handler of a pipeline: passes on messages, reports faults and the close, and pings when
 * nothing else is sent.
 */
final class WireEnd extends ChannelInboundHandlerAdapter {

    private final Consumer<String> gone;
    private final Consumer<WireMessage> came;
    private final boolean pings;
    private boolean told;

    WireEnd(Consumer<String> gone, Consumer<WireMessage> came, boolean pings) {
        this.gone = gone;
        this.came = came;
        this.pings = pings;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (message instanceof WireMessage wire) {
            came.accept(wire);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (pings && event instanceof IdleStateEvent) {
            WireWriter.write(context.channel(), new WireMessage(WireKind.PING, 0, 0, new byte[0]));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        tell("it was closed");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        tell(
                words(
                        cause instanceof DecoderException && cause.getCause() != null
                                ? cause.getCause()
                                : cause));
        context.close();
    }

    private static String words(Throwable root) {
        if (root instanceof ReadTimeoutException) {
            return "nothing came in time";
        } else if (root instanceof WireFault) {
            return "it sent " + root.getMessage();
        } else if (root instanceof NotSslRecordException) {
            return "it does not speak TLS, which Spark's settings turn on here";
        } else if (root instanceof SSLException) {
            return "TLS failed: " + root.getMessage();
        }
        return String.valueOf(root.getMessage());
    }

    private void tell(String why) {
        if (!told) {
            told = true;
            gone.accept(why);
        }
    }
}
