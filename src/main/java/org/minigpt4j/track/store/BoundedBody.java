package org.minigpt4j.track.store;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;

/** Reads a response as text and fails if it is too long. */
final class BoundedBody implements BodySubscriber<String> {

    private static final long MOST_BYTES = 64L << 20;

    private final BodySubscriber<String> text = BodySubscribers.ofString(StandardCharsets.UTF_8);
    private Subscription subscription;
    private long bytes;

    static HttpResponse.BodyHandler<String> handler() {
        return response -> new BoundedBody();
    }

    @Override
    public CompletionStage<String> getBody() {
        return text.getBody();
    }

    @Override
    public void onSubscribe(Subscription given) {
        subscription = given;
        text.onSubscribe(given);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        bytes += buffers.stream().mapToLong(ByteBuffer::remaining).sum();
        if (bytes > MOST_BYTES) {
            subscription.cancel();
            text.onError(
                    new IOException(
                            "it does not answer as MLflow does: the answer is longer than %d MB"
                                    .formatted(MOST_BYTES >> 20)));
        } else {
            text.onNext(buffers);
        }
    }

    @Override
    public void onError(Throwable why) {
        text.onError(why);
    }

    @Override
    public void onComplete() {
        text.onComplete();
    }
}
