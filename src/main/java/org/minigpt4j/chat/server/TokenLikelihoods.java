package org.minigpt4j.chat.server;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;

import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.generate.Likelihood;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Reports the tokens of one answer with their log-probabilities, in OpenAI's format. */
final class TokenLikelihoods {

    private static final char PART_OF_A_CHARACTER = '\uFFFD';

    private final ChatModel model;
    private int told;

    /** Starts with an answer of this model. */
    TokenLikelihoods(ChatModel model) {
        this.model = model;
    }

    /** The log-probabilities of the tokens that make up {@code text} and were not reported yet. */
    JsonObject upTo(String text, List<Likelihood> likelihoods) {
        JsonArray content = new JsonArray();
        int[] ids = likelihoods.stream().mapToInt(Likelihood::id).toArray();
        int end = model.tokensOf(ids, text, told);
        for (; told < end; told++) {
            content.add(entry(ids, likelihoods.get(told)));
        }
        JsonObject logprobs = new JsonObject();
        logprobs.add("content", content);
        logprobs.add("refusal", JsonNull.INSTANCE);
        return logprobs;
    }

    private JsonObject entry(int[] ids, Likelihood likelihood) {
        JsonObject entry = token(ids, likelihood.id(), likelihood.logProbability());
        JsonArray top = new JsonArray();
        for (int i = 0; i < likelihood.bestIds().length; i++) {
            top.add(token(ids, likelihood.bestIds()[i], likelihood.bestLogProbabilities()[i]));
        }
        entry.add("top_logprobs", top);
        return entry;
    }

    private JsonObject token(int[] ids, int id, float logProbability) {
        String text = model.tokenText(ids, told, id);
        JsonObject token = new JsonObject();
        token.addProperty("token", text);
        token.addProperty("logprob", logProbability);
        if (text.indexOf(PART_OF_A_CHARACTER) >= 0) {
            token.add("bytes", JsonNull.INSTANCE);
        } else {
            JsonArray bytes = new JsonArray();
            for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
                bytes.add(b & 0xFF);
            }
            token.add("bytes", bytes);
        }
        return token;
    }
}
