import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * What OpenAI's official Java client makes of {@code launch/serve}. It is com.openai:openai-java
 * 4.52.0 (54 MB, so no dependency of the build); with it on the class path:
 *
 * <pre>
 * java -cp $OPENAI_JAVA docs/peers/OpenAiClient.java http://127.0.0.1:8000/v1 minigpt4j picture.jpg [CLIENTS]
 * </pre>
 *
 * Prints one line for each thing it tried and OK at the end. With CLIENTS it asks so many times at
 * once; the client's own retries must bring all of them to an answer.
 */
class OpenAiClient {

    public static void main(String[] args) throws Exception {
        var client = OpenAIOkHttpClient.builder().baseUrl(args[0]).apiKey("none").build();
        String model = args[1];
        String url =
                "data:image/jpeg;base64,"
                        + Base64.getEncoder().encodeToString(Files.readAllBytes(Path.of(args[2])));
        var picture =
                ChatCompletionContentPart.ofImageUrl(
                        ChatCompletionContentPartImage.builder()
                                .imageUrl(
                                        ChatCompletionContentPartImage.ImageUrl.builder()
                                                .url(url)
                                                .build())
                                .build());
        var question =
                ChatCompletionContentPart.ofText(
                        ChatCompletionContentPartText.builder().text("what is it?").build());
        var asked =
                ChatCompletionCreateParams.builder()
                        .model(model)
                        .temperature(0)
                        .maxCompletionTokens(8)
                        .addUserMessageOfArrayOfContentParts(List.of(picture, question))
                        .build();

        check(client.models().list().data().stream().anyMatch(it -> it.id().equals(model)));
        System.out.println("models");
        var whole = client.chat().completions().create(asked);
        whole.validate();
        String text = whole.choices().get(0).message().content().orElseThrow();
        System.out.println("whole: " + text);

        StringBuilder streamed = new StringBuilder();
        long[] total = new long[1];
        var options = ChatCompletionStreamOptions.builder().includeUsage(true).build();
        try (var stream =
                client.chat()
                        .completions()
                        .createStreaming(asked.toBuilder().streamOptions(options).build())) {
            stream.stream()
                    .forEach(
                            chunk -> {
                                chunk.validate();
                                chunk.usage().ifPresent(usage -> total[0] = usage.totalTokens());
                                chunk.choices()
                                        .forEach(
                                                it ->
                                                        it.delta()
                                                                .content()
                                                                .ifPresent(streamed::append));
                            });
        }
        check(streamed.toString().equals(text));
        check(total[0] == whole.usage().orElseThrow().totalTokens());
        System.out.println("streamed, with usage");

        var told =
                client.chat()
                        .completions()
                        .create(asked.toBuilder().logprobs(true).topLogprobs(2).build());
        var logprobs = told.choices().get(0).logprobs().orElseThrow().content().orElseThrow();
        check(logprobs.get(0).topLogprobs().size() == 2);
        System.out.println("logprobs");
        try {
            client.chat().completions().create(asked.toBuilder().temperature(9).build());
            check(false);
        } catch (BadRequestException e) {
            check(e.code().isPresent());
        }
        try {
            client.chat().completions().create(asked.toBuilder().model("x").build());
            check(false);
        } catch (NotFoundException e) {
            check(e.code().isPresent());
        }
        System.out.println("errors");
        int clients = args.length > 3 ? Integer.parseInt(args[3]) : 0;
        var threads = Executors.newFixedThreadPool(Math.max(clients, 1));
        var answers =
                IntStream.range(0, clients)
                        .mapToObj(
                                i ->
                                        CompletableFuture.supplyAsync(
                                                () -> client.chat().completions().create(asked),
                                                threads))
                        .toList();
        for (var answer : answers) {
            check(answer.get().choices().size() == 1);
        }
        System.out.println("OK " + answers.size() + " at once");
        System.exit(0);
    }

    private static void check(boolean condition) {
        if (!condition) {
            throw new AssertionError();
        }
    }
}
