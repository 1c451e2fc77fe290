package org.minigpt4j.eval.answer;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.minigpt4j.io.ForeignJson;

import java.util.ArrayList;
import java.util.List;

/**
 * An answer that the model has given.
 *
 * @param ended whether the model ended it; false if it reached the token limit
 * @param tokens its number of tokens
 * @param likelihoods the mean log-likelihood per token of each choice; empty if there are no
 *     choices
 */
public record Given(String id, String text, boolean ended, int tokens, List<Double> likelihoods) {

    private static final Gson LINE = new GsonBuilder().disableHtmlEscaping().create();

    /** Copies the list. */
    public Given {
        likelihoods = List.copyOf(likelihoods);
    }

    /** The answer as one line of JSON. */
    String line() {
        JsonObject json = new JsonObject();
        json.addProperty("id", id);
        json.addProperty("answer", text);
        json.addProperty("ended", ended);
        json.addProperty("tokens", tokens);
        if (!likelihoods.isEmpty()) {
            JsonArray values = new JsonArray();
            likelihoods.forEach(values::add);
            json.add("likelihoods", values);
        }
        return LINE.toJson(json);
    }

    static Given read(ForeignJson json) {
        List<Double> likelihoods = new ArrayList<>();
        if (json.at("likelihoods").isPresent()) {
            json.at("likelihoods")
                    .elements()
                    .forEach(
                            value ->
                                    likelihoods.add(
                                            value.number(-Double.MAX_VALUE, Double.MAX_VALUE)));
        }
        return new Given(
                json.at("id").id(),
                json.at("answer").text(),
                json.at("ended").truth(true),
                json.at("tokens").integer(0, Integer.MAX_VALUE),
                likelihoods);
    }
}
