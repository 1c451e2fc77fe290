package org.minigpt4j.train;

import org.minigpt4j.cluster.RankLink;
import org.minigpt4j.cluster.exchange.PeerExchange;
import org.minigpt4j.cluster.exchange.WireSettings;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.RankMachine;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.View;
import org.minigpt4j.train.GradientReducer.StepSum;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;

/** A rank in a process of its own: slot, own address, address and port of the driver, steps. */
public final class ToyRankProcess {

    static final byte[] SECRET = "a secret of the run".getBytes();
    static final Duration SILENCE = Duration.ofSeconds(4);

    private ToyRankProcess() {}

    /** A question to the driver, on a connection of its own, which may be cut at any time. */
    private static View ask(String driver, int port, RankReport report) {
        while (true) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(driver, port), 2_000);
                socket.setSoTimeout(2_000);
                var out = new ObjectOutputStream(socket.getOutputStream());
                out.writeObject(report);
                out.flush();
                return (View) new ObjectInputStream(socket.getInputStream()).readObject();
            } catch (IOException e) {
                continue; // until the network is back or the test ends us
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Trains to the end, and prints what each step's sum was. */
    public static void main(String[] arguments) throws InterruptedException {
        MemberId self = new MemberId(Integer.parseInt(arguments[0]), 0);
        String host = arguments[1];
        String driver = arguments[2];
        int port = Integer.parseInt(arguments[3]);
        int last = Integer.parseInt(arguments[4]);
        var settings = new WireSettings(SECRET, SILENCE, 1 << 20);
        try (PeerExchange exchange = new PeerExchange(self, host, settings, System.err::println);
                RankLink link =
                        new RankLink(
                                new Member(self, host, exchange.port()),
                                0,
                                exchange,
                                report -> ask(driver, port, report))) {
            var machine = new RankMachine<byte[]>(self, 0, last);
            var reducer = new HostReducer(self, ToyWork.MICRO_BATCHES, machine, exchange, link);
            ToyWork work = new ToyWork(ToyWork.begin(), 1);
            int step = 1;
            while (step <= last) {
                Optional<StepSum> sum = reducer.sum(work);
                if (sum.isPresent()) {
                    System.out.println(step + " " + ToyWork.bits(sum.get()));
                    work = new ToyWork(work.after(sum.get()), ++step);
                } else if (reducer.taken().isPresent()) {
                    step = reducer.taken().get().step() + 1;
                    work = new ToyWork(reducer.taken().get().trainable(), step);
                } else {
                    return;
                }
            }
            ToyWork end = work;
            reducer.finish(end::state);
        } catch (UncheckedIOException e) {
            throw new IllegalStateException(e);
        }
    }
}
