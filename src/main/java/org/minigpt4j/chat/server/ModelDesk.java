package org.minigpt4j.chat.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.AnswerFigures;
import org.minigpt4j.chat.AnswerQueue;
import org.minigpt4j.chat.Asker;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.ChatPicture;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.chat.ChatTemplate;
import org.minigpt4j.chat.Conversation;
import org.minigpt4j.chat.Order;
import org.minigpt4j.chat.PromptPlaces;
import org.minigpt4j.chat.Ticket;
import org.minigpt4j.generate.GenerationSettings;
import org.minigpt4j.io.Sha256;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Connects requests with the models: converts messages to conversations, caches encoded pictures,
 * and queues answers. Thread-safe.
 */
final class ModelDesk implements AutoCloseable {

    private final AnswerQueue queue;
    private final Cache<String, ChatPicture> seen;
    private final ComeBack comeBack = new ComeBack();

    private final Optional<PictureFetcher> fetcher;
    private final ChatSettings.Overflow overflow;

    ModelDesk(ChatModels models, ServerSettings settings) {
        ServerSettings.Limits limits = settings.limits();
        overflow = settings.overflow();
        fetcher = settings.remotePictures().map(it -> new PictureFetcher(it, limits.bodyBytes()));
        queue =
                new AnswerQueue(
                        models.first().model(),
                        new AnswerQueue.Bounds(limits.waiting(), limits.rows(), limits.places()));
        seen = Caffeine.newBuilder().maximumSize(limits.seenPictures()).build();
    }

    /** Number of waiting answers. */
    int waiting() {
        return queue.waiting();
    }

    /** Number of answers in progress. */
    int running() {
        return queue.running();
    }

    /** The statistics so far. */
    AnswerFigures.Snapshot figures() {
        return queue.figures().now();
    }

    /** The error for a request that finds the queue full. */
    ApiException busy() {
        return ApiException.busy(
                "the model is busy; try again", comeBack.seconds(figures().answers()));
    }

    /**
     * Queues the answers to a request, one for each choice.
     *
     * @throws ApiException 429 if too many wait, 400 if a picture cannot be used or the
     *     conversation is too long
     */
    List<Ticket> ask(ChatModel model, ChatRequest request, Asker who)
            throws ApiException, InterruptedException {
        PromptPlaces prompt = model.places(conversation(model, request, who));
        List<ChatSettings> settings = settings(request);
        boolean steady =
                request.sampling().seed().isPresent() || !settings.get(0).decoding().doSample();
        try {
            List<Ticket> tickets =
                    queue.ask(
                            who,
                            settings.stream()
                                    .map(
                                            one ->
                                                    new Order(
                                                            model,
                                                            prompt,
                                                            one,
                                                            steady,
                                                            request.alternatives(),
                                                            text -> request.stops().find(text) < 0))
                                    .toList());
            if (tickets.isEmpty()) {
                throw busy();
            }
            return tickets;
        } catch (UsageException e) {
            throw ApiException.invalid(400, "context_length_exceeded", "messages", e.getMessage());
        }
    }

    /** The settings of each choice; their seeds are consecutive. */
    private List<ChatSettings> settings(ChatRequest request) {
        ChatRequest.Sampling sampling = request.sampling();
        boolean draws = sampling.temperature() > 0 && sampling.topP() > 0;
        long seed = sampling.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong());
        List<ChatSettings> settings = new ArrayList<>();
        for (int choice = 0; choice < request.choices(); choice++) {
            var decoding =
                    GenerationSettings.builder()
                            .optMaxNewTokens(sampling.maxTokens())
                            .optNumBeams(sampling.beams())
                            .optDoSample(draws)
                            .optTemperature(draws ? sampling.temperature() : 1)
                            .optTopP(draws ? sampling.topP() : 1)
                            .optTopK(sampling.topK())
                            .optRepetitionPenalty(sampling.repetitionPenalty())
                            .optMinLength(1)
                            .optSeed(seed + choice)
                            .build();
            settings.add(
                    new ChatSettings(
                            decoding,
                            ChatSettings.MAX_LENGTH,
                            request.overflow().orElse(overflow)));
        }
        return settings;
    }

    private Conversation<ChatPicture> conversation(ChatModel model, ChatRequest request, Asker who)
            throws ApiException, InterruptedException {
        ChatTemplate template = model.template();
        if (request.system().isPresent()) {
            template = template.withSystem(request.system().get());
        }
        var conversation = new Conversation<ChatPicture>(template);
        for (ChatRequest.Turn turn : request.turns()) {
            StringBuilder text = new StringBuilder();
            for (ChatRequest.Part part : turn.parts()) {
                if (part instanceof ChatRequest.Part.Picture picture) {
                    conversation.show(see(who, model, picture.file()));
                } else if (part instanceof ChatRequest.Part.Remote remote) {
                    conversation.show(see(who, model, fetch(remote.address())));
                } else if (part instanceof ChatRequest.Part.Text words) {
                    text.append(words.text());
                }
            }
            if (turn.byUser()) {
                conversation.ask(text.toString());
            } else {
                conversation.answer(text.toString());
            }
        }
        return conversation;
    }

    private byte[] fetch(String address) throws ApiException, InterruptedException {
        if (fetcher.isEmpty()) {
            throw ApiException.invalid(
                    400,
                    "invalid_image_url",
                    "messages",
                    "this server does not download pictures; send them as data URLs"
                            + " (data:image/jpeg;base64,...)");
        }
        return fetcher.get().fetch(address);
    }

    private ChatPicture see(Asker who, ChatModel model, byte[] file) throws ApiException {
        try {
            String name = new Sha256().update(ByteBuffer.wrap(file)).hex();
            return seen.get(model.eyes() + name, key -> queue.see(who, model, file));
        } catch (FailedException e) {
            throw ApiException.invalid(400, "invalid_image", "messages", e.getMessage());
        }
    }

    /** Ends answers in progress and frees the caches. */
    @Override
    public void close() {
        fetcher.ifPresent(PictureFetcher::close);
        queue.close();
    }
}
