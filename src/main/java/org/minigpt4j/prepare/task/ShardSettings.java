package org.minigpt4j.prepare.task;

import org.minigpt4j.config.FetchConfig;
import org.minigpt4j.config.FilterConfig;
import org.minigpt4j.config.PictureConfig;
import org.minigpt4j.config.PrepareConfig;
import org.minigpt4j.image.PictureSettings;
import org.minigpt4j.io.web.Deadlines;
import org.minigpt4j.prepare.dedupe.DedupeRule;
import org.minigpt4j.prepare.fetch.FetchSettings;
import org.minigpt4j.prepare.filter.CaptionRules;
import org.minigpt4j.prepare.filter.ColumnRules;

import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * All that a task needs to make a shard of candidates.
 *
 * @param hadoop options of Hadoop's, before those that it finds itself
 */
public record ShardSettings(
        FetchSettings fetch,
        PictureSettings picture,
        CaptionRules captions,
        ColumnRules columns,
        DedupeRule dedupe,
        int samplesPerShard,
        Map<String, String> hadoop)
        implements Serializable {

    public static ShardSettings of(PrepareConfig config, Map<String, String> hadoop) {
        return new ShardSettings(
                fetch(config.fetch(), config.prepare().seed()),
                picture(config.picture()),
                captions(config.filter()),
                columns(config.filter()),
                DedupeRule.of(config.prepare()),
                config.prepare().samplesPerShard(),
                Map.copyOf(hadoop));
    }

    private static FetchSettings fetch(FetchConfig fetch, long seed) {
        return new FetchSettings(
                new FetchSettings.Connections(
                        fetch.connections(), fetch.connectionsPerHost(), fetch.hostPatience()),
                new Deadlines(
                        seconds(fetch.connectTimeout()),
                        seconds(fetch.firstByteTimeout()),
                        seconds(fetch.bodyTimeout())),
                new FetchSettings.Retries(
                        fetch.retries(), seconds(fetch.backoff()), seconds(fetch.maxRetryAfter())),
                new FetchSettings.Limits((int) (fetch.maxMb() * (1 << 20)), fetch.maxRedirects()),
                new FetchSettings.Manners(
                        fetch.userAgent(),
                        fetch.robotsTxt(),
                        Set.copyOf(fetch.disallowedRobotsTags())),
                Set.copyOf(fetch.allowPrivate()),
                seed);
    }

    private static Duration seconds(double seconds) {
        return Duration.ofNanos((long) (seconds * 1e9));
    }

    private static PictureSettings picture(PictureConfig picture) {
        return new PictureSettings(
                picture.resizeMode(),
                picture.imageSize(),
                picture.encodeQuality(),
                picture.resizeOnlyIfBigger(),
                picture.applyOrientation(),
                true,
                picture.minImageSize(),
                picture.maxAspectRatio().orElse(0.0),
                picture.minImageArea(),
                picture.maxImageArea(),
                picture.maxPixels());
    }

    private static CaptionRules captions(FilterConfig filter) {
        return new CaptionRules(
                filter.minCharacters(),
                filter.maxCharacters().orElse(0),
                filter.minWords(),
                filter.maxWords().orElse(0),
                filter.script().orElse(""),
                filter.script().isPresent() ? filter.minScriptShare() : 0,
                filter.minLetterShare());
    }

    private static ColumnRules columns(FilterConfig filter) {
        List<ColumnRules.Rule> rules = new ArrayList<>();
        filter.minSimilarity()
                .ifPresent(least -> rules.add(new ColumnRules.AtLeast("similarity", least)));
        filter.maxWatermark()
                .ifPresent(most -> rules.add(new ColumnRules.AtMost("pwatermark", most)));
        filter.maxUnsafe().ifPresent(most -> rules.add(new ColumnRules.AtMost("punsafe", most)));
        if (!filter.keepNsfw().isEmpty()) {
            rules.add(new ColumnRules.OneOf("NSFW", filter.keepNsfw()));
        }
        return new ColumnRules(rules);
    }
}
