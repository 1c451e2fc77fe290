package org.minigpt4j.train.run;

import org.apache.spark.broadcast.Broadcast;
import org.minigpt4j.MiniGpt4Exception;
import org.minigpt4j.UsageException;
import org.minigpt4j.checkpoint.StateBytes;
import org.minigpt4j.checkpoint.TrainState;
import org.minigpt4j.cluster.DriverWord;
import org.minigpt4j.cluster.HostTask;
import org.minigpt4j.cluster.RankLink;
import org.minigpt4j.cluster.RankPlugin;
import org.minigpt4j.cluster.RankWord;
import org.minigpt4j.cluster.SparkHosts;
import org.minigpt4j.cluster.exchange.PeerExchange;
import org.minigpt4j.cluster.exchange.WireSettings;
import org.minigpt4j.cluster.protocol.Member;
import org.minigpt4j.cluster.protocol.MemberId;
import org.minigpt4j.cluster.protocol.Phase;
import org.minigpt4j.cluster.protocol.RankMachine;
import org.minigpt4j.cluster.protocol.RankReport;
import org.minigpt4j.cluster.protocol.View;
import org.minigpt4j.config.TrainConfig;
import org.minigpt4j.data.BatchSettings;
import org.minigpt4j.train.HostReducer;
import org.minigpt4j.train.ParallelTrain;
import org.minigpt4j.train.RunOutcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;

/**
 * A rank of a run on several hosts. It runs the same loop as a single host, with a reducer that
 * exchanges gradients with the others. It writes no files; figures and states go to the driver.
 *
 * @param config the configuration of all ranks
 * @param microBatches number of micro-batches in a step
 * @param secret secret of the run
 * @param start encoded state at the start of the run
 */
record RankTraining(ShippedConfig config, int microBatches, byte[] secret, Broadcast<byte[]> start)
        implements HostTask {

    private static final Logger LOG = LoggerFactory.getLogger(RankTraining.class);
    private static final int SLACK = 16 << 20;

    @Override
    public void run(MemberId self, String host, List<String> gpus) throws InterruptedException {
        try {
            try (ScratchFolder folder = ScratchFolder.create()) {
                train(config.open(folder.path(), gpus), self, host);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (MiniGpt4Exception e) {
            // A configuration mistake would fail on any host, so Spark need not retry.
            String kind = e instanceof UsageException ? HostsDriver.MISTAKE : "";
            Member member = new Member(self, host, 0);
            var report = new RankReport(member, 0, 0, Phase.LOADING, List.of());
            String why = "%s%s on %s: %s".formatted(kind, self, host, e.getMessage());
            RankPlugin.ask(new RankWord(report, new TreeMap<>(), List.of(), why));
        }
    }

    private void train(TrainConfig here, MemberId self, String host) throws InterruptedException {
        RunPlan plan = RunPlan.of(here);
        TrainState state = StateBytes.decode(start.value());
        int last = plan.schedule().total();
        Duration silence = Duration.ofMillis((long) (here.run().hostSilence() * 1000));
        var settings =
                new WireSettings(secret, silence, start.value().length + SLACK, SparkHosts.tls());
        var begin = new StartingPoint(state, microBatches, List.of());
        RankNews news = new RankNews(here.run().checkpoint());
        try (LoadedRun loaded =
                        LoadedRun.open(
                                plan,
                                begin,
                                BatchSettings.from(here).unlisted(),
                                (tensor, bytes) -> {});
                PeerExchange exchange = new PeerExchange(self, host, settings, LOG::warn)) {
            exchange.offer(news::state);
            Member member = new Member(self, host, exchange.port());
            try (RankLink link =
                    new RankLink(member, state.step(), exchange, told -> ask(told, news))) {
                var machine = new RankMachine<byte[]>(self, state.step(), last);
                var reducer =
                        new HostReducer(self, microBatches, machine, exchange, link)
                                .optHalf(here.run().hostBf16())
                                .optDevices(plan.devices().size())
                                .onHold(news::keep);
                while (true) {
                    ParallelTrain loop =
                            loaded.loop(plan.schedule(), state)
                                    .optReducer(reducer)
                                    .optListeners(List.of(news))
                                    .optCheckpoints(news);
                    RunOutcome outcome = loop.run(() -> false);
                    if (outcome == RunOutcome.FINISHED) {
                        reducer.finish(loop::state);
                        return;
                    } else if (reducer.taken().isEmpty()) {
                        news.awaitSaved();
                        return;
                    }
                    state = reducer.taken().get();
                }
            }
        }
    }

    private static View ask(RankReport report, RankNews news) {
        DriverWord word = RankPlugin.ask(news.word(report));
        news.answered(word);
        return word.view();
    }
}
