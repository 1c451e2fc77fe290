package org.minigpt4j.cluster.exchange;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.timeout.IdleStateHandler;

import org.minigpt4j.FailedException;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.RankMessage;
import org.minigpt4j.cluster.protocol.View;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * The connections of one rank. It listens on one address and connects to the other members of its
 * view. Each connection carries messages one way, from the caller to the called rank, so there are
 * two between any two ranks. On entering a view, working connections are kept and the others are
 * reopened.
 *
 * <h2>Faults</h2>
 *
 * A message is either delivered whole and in order, or the peer counts as {@link #unreachable}
 * until the next view. Nothing is sent twice. Callers ping, so a connection on which nothing
 * arrives for a while counts as broken, as a closed one does. A peer that cannot prove that it
 * knows the secret, or that sends invalid data, is disconnected, and {@code log} reports which peer
 * and why.
 *
 * <p>Netty's threads fill the inbox; a single thread takes messages from it.
 */
public final class PeerExchange implements AutoCloseable {

    private static final int STRANGERS = 64;

    private final MemberId self;
    private final WireSettings settings;
    private final Consumer<String> log;
    private final EventLoopGroup threads =
            new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final Dialer dialer;
    private final Channel server;
    private final Object lock = new Object();
    private final Deque<RankMessage<byte[]>> inbox = new ArrayDeque<>();
    private final Map<MemberId, Line> lines = new TreeMap<>();
    private final Map<MemberId, Channel> callers = new TreeMap<>();
    private final Set<MemberId> broken = new TreeSet<>();
    private volatile IntFunction<Optional<byte[]>> kept = step -> Optional.empty();
    private View view = View.NONE;
    private int strangers;
    private boolean woken;
    private boolean closed;

    /**
     * The outgoing connection to a peer: its channel, and the messages that wait until the peer has
     * accepted us.
     */
    private static final class Line {
        private Channel channel;
        private boolean open;
        private final List<WireMessage> waiting = new ArrayList<>();
    }

    /**
     * Starts listening.
     *
     * @param host the only address to bind
     * @param log gets a message about each peer that is dropped
     * @throws FailedException if the address cannot be bound
     */
    public PeerExchange(MemberId self, String host, WireSettings settings, Consumer<String> log) {
        this.self = self;
        this.settings = settings;
        this.log = log;
        dialer = new Dialer(threads, self, settings);
        var bootstrap =
                new ServerBootstrap()
                        .group(threads)
                        .channel(NioServerSocketChannel.class)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childHandler(
                                new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel channel) {
                                        stranger(channel);
                                    }
                                });
        try {
            server = bootstrap.bind(new InetSocketAddress(host, 0)).sync().channel();
        } catch (InterruptedException e) {
            threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            Thread.currentThread().interrupt();
            throw new FailedException("interrupted while opening a port on " + host, e);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Exception e) { // Netty throws checked exceptions that its methods do not declare
            threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw new FailedException(
                    "cannot listen on %s, the address that Spark uses here: %s"
                            .formatted(host, e.getMessage()),
                    e);
        }
    }

    /** The port that it listens on. */
    public int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /**
     * Sets the function that returns the state kept after a given step; it answers {@link #fetch}
     * calls of the driver.
     */
    public void offer(IntFunction<Optional<byte[]>> states) {
        kept = states;
    }

    /**
     * Switches to a newer view: closes broken connections and connects to its members where needed.
     * Ignores an older view.
     */
    public void enter(View next) {
        synchronized (lock) {
            if (next.number() <= view.number()) {
                return;
            }
            view = next;
            lines.entrySet()
                    .removeIf(
                            line -> {
                                boolean goes =
                                        !next.has(line.getKey()) || broken.contains(line.getKey());
                                if (goes && line.getValue().channel != null) {
                                    line.getValue().channel.close();
                                }
                                return goes;
                            });
            broken.clear();
            for (Member member : next.members()) {
                if (!member.id().equals(self) && !lines.containsKey(member.id())) {
                    call(member);
                }
            }
        }
    }

    private void call(Member member) {
        Line line = new Line();
        lines.put(member.id(), line);
        var connecting =
                dialer.dial(
                        member,
                        context -> let(member.id(), line, context),
                        new WireEnd(why -> fail(member.id(), line, why), message -> {}, true));
        line.channel = connecting.channel();
        connecting.addListener(
                (ChannelFutureListener)
                        done -> {
                            if (!done.isSuccess()) {
                                fail(member.id(), line, done.cause().getMessage());
                            }
                        });
    }

    /** Called when the peer has accepted us: sends the waiting messages. */
    private void let(MemberId peer, Line line, ChannelHandlerContext context) {
        context.pipeline().remove(Dialer.LATE); // the peer sends nothing more on this connection
        long ping = Math.max(1, settings.silence().toMillis() / 5);
        context.pipeline()
                .addBefore(
                        Dialer.END, null, new IdleStateHandler(0, ping, 0, TimeUnit.MILLISECONDS));
        synchronized (lock) {
            if (lines.get(peer) != line) {
                context.close();
                return;
            }
            line.open = true;
            for (WireMessage message : line.waiting) {
                WireWriter.write(context.channel(), message);
            }
            line.waiting.clear();
        }
    }

    private void fail(MemberId peer, Line line, String why) {
        synchronized (lock) {
            if (!closed && lines.get(peer) == line && broken.add(peer)) {
                log.accept("the connection to %s broke: %s".formatted(peer, why));
                woken = true;
                lock.notifyAll();
            }
        }
        if (line.channel != null) {
            line.channel.close();
        }
    }

    /** Sets up an incoming connection, whose caller is not known yet. */
    private void stranger(Channel channel) {
        synchronized (lock) {
            if (strangers >= STRANGERS) {
                channel.close();
                return;
            }
            strangers++;
        }
        String where = String.valueOf(channel.remoteAddress());
        MemberId[] who = {null};
        settings.tls()
                .ifPresent(tls -> channel.pipeline().addLast(tls.handler(true, channel.alloc())));
        channel.pipeline()
                .addLast(dialer.late())
                .addLast(
                        new Doorkeeper(
                                settings.secret(),
                                self,
                                (context, peer) -> {
                                    who[0] = peer;
                                    welcome(channel, peer);
                                }))
                .addLast("reader", new WireReader(settings.largest()))
                .addLast(
                        new WireEnd(
                                why -> lose(channel, who[0], where, why),
                                message -> take(channel, who[0], message),
                                false));
    }

    private void welcome(Channel channel, MemberId peer) {
        synchronized (lock) {
            strangers--;
            Channel before = callers.put(peer, channel);
            if (before != null) {
                before.close();
            }
        }
    }

    private void lose(Channel channel, MemberId peer, String where, String why) {
        synchronized (lock) {
            if (closed) {
                return;
            }
            if (peer == null) {
                strangers--;
                log.accept("%s was turned away: %s".formatted(where, why));
                return;
            }
            if (callers.remove(peer, channel) && view.has(peer) && broken.add(peer)) {
                log.accept("%s at %s is gone: %s".formatted(peer, where, why));
                woken = true;
                lock.notifyAll();
            }
        }
    }

    private void take(Channel channel, MemberId from, WireMessage message) {
        if (message.kind() == WireKind.FETCH) {
            byte[] state = kept.apply(message.step()).orElse(new byte[0]);
            WireWriter.write(channel, new WireMessage(WireKind.KEPT, 0, message.step(), state));
            return;
        }
        Optional<RankMessage.Kind> kind = message.kind().ofRanks();
        if (kind.isPresent()) {
            synchronized (lock) {
                inbox.add(
                        new RankMessage<>(
                                kind.get(),
                                message.view(),
                                message.step(),
                                from,
                                message.content()));
                lock.notifyAll();
            }
        }
    }

    /** Sends a message to a member of the view. Its content must not change afterwards. */
    public void send(MemberId to, RankMessage<byte[]> message) {
        byte[] content = message.payload() == null ? new byte[0] : message.payload();
        WireMessage wire =
                new WireMessage(
                        WireKind.of(message.kind()), message.view(), message.step(), content);
        synchronized (lock) {
            Line line = lines.get(to);
            if (line == null || broken.contains(to)) {
                return; // a new view is coming
            }
            if (line.open) {
                WireWriter.write(line.channel, wire);
            } else {
                line.waiting.add(wire);
            }
        }
    }

    /**
     * Takes the next message, waiting up to {@code millis} for one.
     *
     * @return empty if none arrived in time, {@link #wake} was called, or a peer became unreachable
     */
    public Optional<RankMessage<byte[]>> await(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (lock) {
            while (inbox.isEmpty() && !woken) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return Optional.empty();
                }
                lock.wait(left);
            }
            woken = false;
            return Optional.ofNullable(inbox.poll());
        }
    }

    /** Makes a waiting {@link #await} return. */
    public void wake() {
        synchronized (lock) {
            woken = true;
            lock.notifyAll();
        }
    }

    /** Members of the view to or from which messages no longer get through. */
    public List<MemberId> unreachable() {
        synchronized (lock) {
            return List.copyOf(broken);
        }
    }

    /** Disconnects a peer whose frames are valid but whose messages break the protocol. */
    public void drop(MemberId peer, String why) {
        log.accept("%s is dropped: %s".formatted(peer, why));
        synchronized (lock) {
            Channel caller = callers.remove(peer);
            if (caller != null) {
                caller.close();
            }
            if (view.has(peer)) {
                broken.add(peer);
            }
        }
    }

    /**
     * Fetches a state that a rank has kept. Any thread may call this.
     *
     * @return empty if the rank does not have it or does not answer in time
     */
    public Optional<byte[]> fetch(Member from, int step, long millis) throws InterruptedException {
        return dialer.fetch(from, step, millis);
    }

    /** Closes the port and all connections after everything sent has left. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
        }
        server.close();
        threads.shutdownGracefully(50, 2_000, TimeUnit.MILLISECONDS)
                .awaitUninterruptibly(3, TimeUnit.SECONDS);
    }
}
