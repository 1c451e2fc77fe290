package org.minigpt4j.track;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minigpt4j.UsageException;
import org.minigpt4j.track.CurveBand.Curve;
import org.minigpt4j.track.CurveBand.Limit;
import org.minigpt4j.track.CurveBand.Verdict;
import org.minigpt4j.track.store.Point;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongToDoubleFunction;
import java.util.stream.LongStream;

class CurveBandTest {

    @TempDir Path folder;

    /** A loss that falls from 5 to about 2, with noise of its seed. */
    private static Curve run(long seed, int steps) {
        Random noise = new Random(seed);
        return curve("seed " + seed, steps, s -> falling(s) + 0.2 * noise.nextGaussian());
    }

    private static double falling(long step) {
        return 2 + 3 * Math.exp(-step / 60.0);
    }

    private static Curve curve(String name, int steps, LongToDoubleFunction value) {
        List<Point> points =
                LongStream.rangeClosed(1, steps)
                        .mapToObj(s -> new Point("loss", value.applyAsDouble(s), 0, s))
                        .toList();
        return new Curve(name, Map.of("run.init_lr", "1e-4", "run.seed", name), points);
    }

    private static CurveBand band() {
        return CurveBand.of("loss", 20, 5, List.of(run(1, 400), run(2, 400), run(3, 410)));
    }

    @Test
    void theRunsItWasMadeFromAndOtherSeedsLieInside() {
        CurveBand band = band();
        assertEquals(20, band.limits().size());
        for (long seed = 1; seed <= 30; seed++) {
            Verdict verdict = band.compare(run(seed, 400));
            assertTrue(verdict.isInside(), "seed " + seed + ": " + verdict.departures());
            assertEquals(20, verdict.compared().size());
        }
    }

    @Test
    void aRunThatLearnsNothingLeavesItWhereItsCurveLeaves() {
        Curve stuck = curve("stuck", 400, step -> step <= 60 ? falling(step) : 4);
        Verdict verdict = band().compare(stuck);
        assertFalse(verdict.isInside());
        assertEquals(80, verdict.departures().get(0).limit().step());
        Limit worst = verdict.worst().limit();
        assertEquals(4 - worst.high(), verdict.worst().distance(), 1e-9);
        for (var departure : verdict.departures()) {
            assertTrue(departure.distance() <= verdict.worst().distance(), departure + "");
        }
    }

    @Test
    void aSettingIsTheSameHoweverItsNumberIsWritten() {
        Map<String, String> params = Map.of("run.init_lr", "0.00010");
        assertEquals(
                List.of(),
                band().compare(new Curve("same", params, run(1, 400).points())).differences());
    }

    @Test
    void aRunBelowTheBandIsOutsideToo() {
        assertFalse(band().compare(curve("too good", 400, step -> 0.5)).isInside());
    }

    @Test
    void aRunThatIsNotFinishedIsComparedAsFarAsItGot() {
        Verdict verdict = band().compare(run(9, 130));
        assertTrue(verdict.isInside());
        assertEquals(6, verdict.compared().size());
        assertThrows(UsageException.class, () -> band().compare(run(9, 19)));
    }

    @Test
    void whatIsNoNumberOrNotThereIsOutside() {
        Curve nan = curve("nan", 400, step -> step == 100 ? Double.NaN : falling(step));
        Verdict verdict = band().compare(nan);
        assertEquals(100, verdict.departures().get(0).limit().step());
        List<Point> gap = new ArrayList<>(run(4, 400).points());
        gap.removeIf(point -> point.step() > 200 && point.step() <= 220);
        verdict = band().compare(new Curve("gap", Map.of(), gap));
        assertEquals(220, verdict.departures().get(0).limit().step());
    }

    @Test
    void aStepRecordedTwiceCountsAsItsLastValue() {
        List<Point> twice = new ArrayList<>(run(4, 400).points());
        twice.add(0, new Point("loss", 1e6, 0, 50));
        assertTrue(band().compare(new Curve("resumed", Map.of(), twice)).isInside());
    }

    @Test
    void runsOfOneSeedStillLeaveRoomForAnotherMachine() {
        CurveBand band = CurveBand.of("loss", 0, 5, List.of(run(1, 400), run(1, 400)));
        assertEquals(20, band.window(), "a twentieth");
        Curve near = new Curve("near", Map.of(), times(run(1, 400).points(), 1.005));
        assertTrue(band.compare(near).isInside());
        Curve far = new Curve("far", Map.of(), times(run(1, 400).points(), 1.02));
        assertFalse(band.compare(far).isInside());
    }

    private static List<Point> times(List<Point> points, double factor) {
        return points.stream()
                .map(p -> new Point(p.key(), factor * p.value(), p.timestamp(), p.step()))
                .toList();
    }

    @Test
    void aFileHoldsItWhole() throws Exception {
        CurveBand band = band();
        Path file = Files.writeString(folder.resolve("band.json"), band.json());
        assertEquals(band, CurveBand.read(file));
        assertEquals(Map.of("run.init_lr", "1e-4"), band.params(), "a seed shapes no curve");
        Curve other = new Curve("other", Map.of("run.init_lr", "3e-5"), run(4, 400).points());
        assertEquals(
                List.of("run.init_lr is 3e-5; the band's runs had 1e-4"),
                band.compare(other).differences());
    }

    @Test
    void oneWrittenByHandNeedsLimitsAlone() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("hand.json"),
                        """
                        {"format": 1, "metric": "loss", "window": 50, "limits": [
                          {"step": 50, "low": 3, "high": 5}, {"step": 333, "low": 1.5, "high": 3}]}
                        """);
        Verdict verdict = CurveBand.read(file).compare(run(1, 400));
        assertTrue(verdict.isInside());
        assertEquals(2, verdict.compared().size());
    }

    @Test
    void whatIsNoBandSaysWhere() throws Exception {
        for (String wrong :
                List.of(
                        "{}",
                        "{\"format\": 2}",
                        "{\"format\": 1, \"metric\": \"loss\", \"window\": 0, \"limits\": []}",
                        "{\"format\": 1, \"metric\": \"loss\", \"window\": 1, \"limits\": []}",
                        "{\"format\": 1, \"metric\": \"loss\", \"window\": 1,"
                                + " \"limits\": [{\"step\": 3, \"low\": 2, \"high\": 1}]}",
                        "{\"format\": 1, \"metric\": \"loss\", \"window\": 1, \"limits\":"
                                + " [{\"step\": 3, \"low\": 1, \"high\": 2},"
                                + " {\"step\": 3, \"low\": 1, \"high\": 2}]}")) {
            Path file = Files.writeString(folder.resolve("wrong.json"), wrong);
            String said =
                    assertThrows(UsageException.class, () -> CurveBand.read(file), wrong)
                            .getMessage();
            assertTrue(said.contains("wrong.json"), said);
        }
    }

    @Test
    void tooFewRunsOrTooShortOnesAreAMistake() {
        assertThrows(UsageException.class, () -> CurveBand.of("loss", 20, 5, List.of(run(1, 99))));
        assertThrows(
                UsageException.class,
                () -> CurveBand.of("loss", 20, 5, List.of(run(1, 99), run(2, 10))));
    }

    @Test
    void noNameLeadsOutOfTheProgram() {
        for (String name : List.of("../scene", "nosuch", "", "a/b")) {
            assertTrue(CurveBand.builtIn(name).isEmpty(), name);
        }
    }

    @Test
    void theQuickstartsBandsAreOfSixSeedsOrMore() {
        for (String stage : List.of("stage1", "stage2")) {
            CurveBand band = CurveBand.builtIn(stage).orElseThrow();
            assertTrue(band.runs().size() >= 6, stage + ": " + band.runs());
            assertEquals(20, band.limits().size());
        }
    }

    @Test
    void anotherSeedOfTheQuickstartLiesInsideItsBandAndWrongRatesDoNot() throws Exception {
        CurveBand band = CurveBand.builtIn("stage1").orElseThrow();
        Verdict seed = band.compare(recorded("seed48.txt"));
        assertTrue(seed.isInside(), seed.departures().toString());
        assertTrue(seed.compared().size() >= 3, seed.compared().toString());
        for (String rate : List.of("seed48-rate-0.002.txt", "seed48-rate-0.2.txt")) {
            Verdict wrong = band.compare(recorded(rate));
            assertFalse(wrong.isInside(), rate);
        }
    }

    /** The losses of the first steps of a run of the quickstart's stage 1, as it logged them. */
    private static Curve recorded(String name) throws Exception {
        List<Point> points = new ArrayList<>();
        try (var in = CurveBandTest.class.getResourceAsStream("losses/" + name)) {
            for (String line : new String(in.readAllBytes()).lines().toList()) {
                points.add(new Point("loss", Double.parseDouble(line), 0, points.size() + 1));
            }
        }
        return new Curve(name, Map.of(), points);
    }
}
