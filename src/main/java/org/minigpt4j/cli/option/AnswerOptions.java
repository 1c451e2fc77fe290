package org.minigpt4j.cli.option;

import org.minigpt4j.UsageException;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.generate.GenerationSettings;

import picocli.CommandLine.Option;

/** The options of commands in which a model answers. Defaults are those of the reference's demo. */
public final class AnswerOptions {

    @Option(
            names = "--greedy",
            description = "Always use the most likely token instead of sampling.")
    private boolean greedy;

    @Option(
            names = "--num-beams",
            paramLabel = "N",
            description = "Number of beams, 1 to 10. Default: ${DEFAULT-VALUE}.")
    private int numBeams = 1;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "Sampling temperature, 0.1 to 2. Default: ${DEFAULT-VALUE}.")
    private double temperature = 1;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description =
                    "Sample from the most likely tokens that together have this"
                            + " probability. Default: ${DEFAULT-VALUE}.")
    private double topP = 0.9;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            description =
                    "Above 1, tokens that already occur become less likely. Default:"
                            + " ${DEFAULT-VALUE}.")
    private double repetitionPenalty = 1;

    @Option(
            names = "--length-penalty",
            paramLabel = "X",
            description = "Exponent of a beam's length in its score. Default: ${DEFAULT-VALUE}.")
    private double lengthPenalty = 1;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            description = "Maximum tokens of an answer. Default: ${DEFAULT-VALUE}.")
    private int maxNewTokens = 300;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            description = "Maximum tokens of prompt and answer. Default: ${DEFAULT-VALUE}.")
    private int maxLength = ChatSettings.MAX_LENGTH;

    @Option(
            names = "--refuse-long",
            description =
                    "Refuse a conversation that is too long. Without it, the"
                            + " beginning is cut off, as in the reference.")
    private boolean refuse;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description =
                    "Seed for sampling: the same seed gives the same answer. Default:"
                            + " ${DEFAULT-VALUE}.")
    private long seed;

    /**
     * The settings from these options.
     *
     * @throws UsageException if a value is out of range
     */
    public ChatSettings settings() {
        require(numBeams >= 1 && numBeams <= 10, "--num-beams must be from 1 to 10");
        require(temperature >= 0.1 && temperature <= 2, "--temperature must be from 0.1 to 2");
        require(maxNewTokens >= 1, "--max-new-tokens must be 1 or more");
        require(maxLength > maxNewTokens, "--max-length must be greater than --max-new-tokens");
        try {
            return new ChatSettings(
                    GenerationSettings.builder()
                            .optMaxNewTokens(maxNewTokens)
                            .optNumBeams(numBeams)
                            .optDoSample(!greedy)
                            .optTemperature(temperature)
                            .optTopP(topP)
                            .optRepetitionPenalty(repetitionPenalty)
                            .optLengthPenalty(lengthPenalty)
                            .optMinLength(1)
                            .optSeed(seed)
                            .build(),
                    maxLength,
                    refuse ? ChatSettings.Overflow.REFUSE : ChatSettings.Overflow.CUT);
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new UsageException(otherwise);
        }
    }
}
