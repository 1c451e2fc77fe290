package org.minigpt4j.chat.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.AnswerFigures;
import org.minigpt4j.chat.AnswerQueue;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatModels;
import org.minigpt4j.chat.ChatPicture;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.chat.ChatTemplate;
import org.minigpt4j.chat.Conversation;
import org.minigpt4j.chat.Order;
import org.minigpt4j.chat.PromptPlaces;
import org.minigpt4j.chat.Ticket;
import org.minigpt4j.io.Sha256;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Between requests and the models, which share what computes: turns messages into conversations,
 * remembers pictures that were seen, and puts answers in line. Safe for use by many threads.
 */
final class ModelDesk implements AutoCloseable {

    private final AnswerQueue queue;
    private final Cache<String, ChatPicture> seen;
    private final ComeBack comeBack = new ComeBack();

    ModelDesk(ChatModels models, ServerSettings.Limits limits) {
        queue =
                new AnswerQueue(
                        models.first().model(),
                        new AnswerQueue.Bounds(limits.waiting(), limits.rows(), limits.places()));
        seen = Caffeine.newBuilder().maximumSize(limits.seenPictures()).build();
    }

    /** Answers that wait. */
    int waiting() {
        return queue.waiting();
    }

    /** Answers that are being written. */
    int running() {
        return queue.running();
    }

    /** What was done so far. */
    AnswerFigures.Snapshot figures() {
        return queue.figures().now();
    }

    /** What a request is told that finds too many before it. */
    ApiException busy() {
        return ApiException.busy(
                "the model is busy; try again", comeBack.seconds(figures().answers()));
    }

    /**
     * Puts answers to a request in line, one for each of the settings.
     *
     * @throws ApiException 429 if too many wait, 400 if a picture cannot be used or the
     *     conversation is too long
     */
    List<Ticket> ask(ChatModel model, ChatRequest request, List<ChatSettings> settings)
            throws ApiException {
        PromptPlaces prompt = model.places(conversation(model, request));
        ChatRequest.Sampling sampling = request.sampling();
        boolean steady = sampling.seed().isPresent() || !settings.get(0).decoding().doSample();
        try {
            List<Ticket> tickets =
                    queue.ask(
                            settings.stream()
                                    .map(
                                            one ->
                                                    new Order(
                                                            model,
                                                            prompt,
                                                            one,
                                                            steady,
                                                            -1,
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

    private Conversation<ChatPicture> conversation(ChatModel model, ChatRequest request)
            throws ApiException {
        ChatTemplate template = model.template();
        if (request.system().isPresent()) {
            template = template.withSystem(request.system().get());
        }
        var conversation = new Conversation<ChatPicture>(template);
        for (ChatRequest.Turn turn : request.turns()) {
            StringBuilder text = new StringBuilder();
            for (ChatRequest.Part part : turn.parts()) {
                if (part instanceof ChatRequest.Part.Picture picture) {
                    conversation.show(see(model, picture.file()));
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

    private ChatPicture see(ChatModel model, byte[] file) throws ApiException {
        try {
            String name = new Sha256().update(ByteBuffer.wrap(file)).hex();
            return seen.get(model.eyes() + name, key -> queue.see(model, file));
        } catch (FailedException e) {
            throw ApiException.invalid(400, "invalid_image", "messages", e.getMessage());
        }
    }

    /** Ends what is being written, and frees what was kept. */
    @Override
    public void close() {
        queue.close();
    }
}
