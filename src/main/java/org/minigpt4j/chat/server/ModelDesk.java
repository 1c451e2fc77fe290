package org.minigpt4j.chat.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.Answer;
import org.minigpt4j.chat.AnswerListener;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatPicture;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.chat.ChatTemplate;
import org.minigpt4j.chat.Conversation;
import org.minigpt4j.chat.PromptPlaces;
import org.minigpt4j.chat.PromptReader;
import org.minigpt4j.io.Sha256;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where requests wait for the models, which share what computes, first come, first served, and what
 * it remembers between them: pictures it saw, and prompts it read. A request that goes on from an
 * earlier one is given the reader that knows most of its prompt. Safe for use by many threads.
 */
final class ModelDesk implements AutoCloseable {

    private final ServerSettings.Limits limits;
    private final Semaphore turn = new Semaphore(1, true);
    private final AtomicInteger waiting = new AtomicInteger();
    private final Cache<String, ChatPicture> seen;

    /** The most recently used first; guarded by {@link #turn}. */
    private final Deque<PromptReader> readers = new ArrayDeque<>();

    ModelDesk(ServerSettings.Limits limits) {
        this.limits = limits;
        seen = Caffeine.newBuilder().maximumSize(limits.seenPictures()).build();
    }

    /** Requests that wait for the model or are being answered. */
    int waiting() {
        return waiting.get();
    }

    /**
     * Waits for its turn, and lets a model answer.
     *
     * @throws ApiException 429 if too many wait, 400 if a picture cannot be used or the
     *     conversation is too long
     */
    Answer answer(
            ChatModel model, ChatRequest request, ChatSettings settings, AnswerListener listener)
            throws ApiException, InterruptedException {
        if (waiting.incrementAndGet() > limits.waiting()) {
            waiting.decrementAndGet();
            throw ApiException.busy("the model is busy; try again");
        }
        try {
            turn.acquire();
            try {
                PromptPlaces prompt = model.places(conversation(model, request));
                return reader(model, prompt).answer(prompt, settings, listener);
            } catch (UsageException e) {
                throw ApiException.invalid(
                        400, "context_length_exceeded", "messages", e.getMessage());
            } finally {
                turn.release();
            }
        } finally {
            waiting.decrementAndGet();
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
            return seen.get(name, key -> model.see(file));
        } catch (FailedException e) {
            throw ApiException.invalid(400, "invalid_image", "messages", e.getMessage());
        }
    }

    /**
     * The model's reader that knows most of a prompt, if that is much of it; else a new one, for
     * which the one least recently used goes if there are many.
     */
    private PromptReader reader(ChatModel model, PromptPlaces prompt) {
        PromptReader best =
                readers.stream()
                        .filter(reader -> reader.model() == model)
                        .max(Comparator.comparingInt(reader -> reader.common(prompt)))
                        .orElse(null);
        if (best == null || 2 * best.common(prompt) < prompt.size()) {
            if (readers.size() >= limits.readers()) {
                readers.removeLast().close();
            }
            best = model.newReader();
        }
        readers.remove(best);
        readers.addFirst(best);
        return best;
    }

    /** Frees what was kept, once the last answer is given. */
    @Override
    public void close() {
        turn.acquireUninterruptibly();
        readers.forEach(PromptReader::close);
    }
}
