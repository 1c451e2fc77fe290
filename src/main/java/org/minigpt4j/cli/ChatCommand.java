package org.minigpt4j.cli;

import org.minigpt4j.FailedException;
import org.minigpt4j.UsageException;
import org.minigpt4j.chat.Answer;
import org.minigpt4j.chat.AnswerListener;
import org.minigpt4j.chat.Chat;
import org.minigpt4j.chat.ChatModel;
import org.minigpt4j.chat.ChatPicture;
import org.minigpt4j.chat.ChatSettings;
import org.minigpt4j.cli.option.AnswerOptions;
import org.minigpt4j.cli.option.EvalOptions;
import org.minigpt4j.cli.screen.Questions;
import org.minigpt4j.cli.screen.Signals;
import org.minigpt4j.cli.screen.Terminal;
import org.minigpt4j.config.EvalConfig;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** {@code launch/chat}: a chat with a trained model in a terminal. */
@Command(
        name = "chat",
        description = {
            "Asks a trained model about pictures.",
            "",
            "With --question it prints only the answer and exits. Without it, it"
                    + " reads questions line by line and streams the answers. Ctrl-C stops an"
                    + " answer; a second Ctrl-C, or one while it waits for a question, ends the"
                    + " program.",
            "",
            "Commands: /image FILE shows another picture, /new starts over, /again"
                    + " answers the last question again, /quit exits. Lines that you paste"
                    + " together are one question, and so are lines between two \"\"\"."
        },
        footer = {
            "",
            "Examples:",
            "  launch/chat --image scene.jpg --question \"what is in the picture?\"",
            "  launch/chat --cfg-path eval_configs/minigpt4_eval.yaml --image cat.jpg"
        })
final class ChatCommand implements Callable<Integer> {

    private static final int INTERRUPTED = 130;
    private static final long MOST_BYTES = 256L << 20;
    private static final String IMAGE = "/image ";

    /**
     * Matches commands. Other lines that begin with a slash, such as a path and a question, are
     * questions.
     */
    private static final Pattern COMMAND = Pattern.compile("/\\p{Alpha}+(\\s|$)");

    @Mixin private EvalOptions config;

    @Option(
            names = "--image",
            paramLabel = "FILE",
            description = "A picture to talk about. Repeat it to show several, in order.")
    private List<Path> images = List.of();

    @Option(
            names = "--question",
            paramLabel = "TEXT",
            description = "Ask this, print the answer, and exit.")
    private String question;

    @Mixin private AnswerOptions answers;

    @Spec private CommandSpec spec;

    private final AtomicInteger interrupts = new AtomicInteger();
    private volatile boolean answering;

    @Override
    public Integer call() throws InterruptedException, IOException {
        ChatSettings settings = answers.settings();
        for (Path image : images) {
            read(image); // report a bad picture before loading weights
        }
        EvalConfig opened = config.load();
        Runnable giveBack = Signals.on("INT", this::interrupted);
        try (ChatModel model = ChatModel.open(opened, (key, bytes) -> {})) {
            return question != null ? once(model, settings) : talk(model, settings);
        } finally {
            giveBack.run();
        }
    }

    private void interrupted() {
        if (!answering || interrupts.incrementAndGet() > 1) {
            Runtime.getRuntime().halt(INTERRUPTED);
        }
    }

    private int once(ChatModel model, ChatSettings settings) throws InterruptedException {
        try (Chat chat = model.newChat(model.template())) {
            for (Path image : images) {
                chat.conversation().show(see(model, image));
            }
            chat.conversation().ask(question);
            Answer answer = answer(chat, settings, AnswerListener.NONE);
            PrintWriter out = spec.commandLine().getOut();
            out.println(answer.text());
            out.flush();
            return answer.end() == Answer.End.CANCELLED ? INTERRUPTED : 0;
        }
    }

    private int talk(ChatModel model, ChatSettings settings)
            throws InterruptedException, IOException {
        PrintWriter out = spec.commandLine().getOut();
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        boolean terminal = Terminal.isThere();
        Questions questions = new Questions(in, terminal);
        Chat chat = model.newChat(model.template());
        try {
            for (Path image : images) {
                chat.conversation().show(see(model, image));
            }
            if (images.isEmpty()) {
                out.println("No picture yet: /image FILE shows one.");
            }
            while (true) {
                if (terminal) {
                    out.print("> ");
                    out.flush();
                }
                String line = questions.next();
                if (line == null || line.equals("/quit")) {
                    out.println();
                    return 0;
                }
                if (line.equals("/new")) {
                    chat.close();
                    chat = model.newChat(model.template());
                } else if (!line.isEmpty()) {
                    turn(model, chat, line, settings, out);
                }
            }
        } finally {
            chat.close();
        }
    }

    private void turn(
            ChatModel model, Chat chat, String line, ChatSettings settings, PrintWriter out)
            throws InterruptedException {
        try {
            if (COMMAND.matcher(line).lookingAt()) {
                command(model, chat, line);
                if (!line.equals("/again")) {
                    return;
                }
            } else {
                chat.conversation().ask(line);
            }
            int[] told = {0};
            Answer answer =
                    answerOrForget(
                            chat,
                            settings,
                            text -> {
                                out.print(text.substring(told[0]));
                                out.flush();
                                told[0] = text.length();
                                return true;
                            });
            String text = answer.text();
            out.println(text.substring(Math.min(told[0], text.length())));
        } catch (UsageException | FailedException e) {
            out.println(e.getMessage());
        }
    }

    private static void command(ChatModel model, Chat chat, String line) {
        if (line.equals("/again")) {
            chat.conversation().retractAnswer();
        } else if (line.startsWith(IMAGE)) {
            chat.conversation().show(see(model, path(line.substring(IMAGE.length()).strip())));
        } else {
            throw new UsageException("unknown command; use /image FILE, /new, /again or /quit");
        }
    }

    /** The path of a file that was typed or dropped on the terminal, with or without quotes. */
    private static Path path(String name) {
        boolean quoted = name.matches("(?s)'.*'|\".*\"") && name.length() > 1;
        try {
            return Path.of(quoted ? name.substring(1, name.length() - 1) : name);
        } catch (InvalidPathException e) {
            throw new UsageException("%s is not a valid file name".formatted(name), e);
        }
    }

    /**
     * Answers a question. If that fails, for example because the question is too long, the question
     * is removed from the conversation.
     */
    private Answer answerOrForget(Chat chat, ChatSettings settings, AnswerListener listener)
            throws InterruptedException {
        try {
            return answer(chat, settings, listener);
        } catch (UsageException | FailedException e) {
            chat.conversation().retractQuestion();
            throw e;
        }
    }

    private Answer answer(Chat chat, ChatSettings settings, AnswerListener listener)
            throws InterruptedException {
        interrupts.set(0);
        answering = true;
        try {
            return chat.answer(settings, text -> listener.grown(text) && interrupts.get() == 0);
        } finally {
            answering = false;
        }
    }

    private static ChatPicture see(ChatModel model, Path image) {
        try {
            return model.see(read(image));
        } catch (FailedException e) {
            throw new UsageException(image + ": " + e.getMessage(), e);
        }
    }

    private static byte[] read(Path image) {
        try {
            if (Files.exists(image) && !Files.isRegularFile(image)) {
                throw new UsageException("%s is not a file; name a picture".formatted(image));
            }
            if (Files.size(image) > MOST_BYTES) {
                throw new UsageException(
                        "%s is too large for a picture: %d MB"
                                .formatted(image, Files.size(image) >> 20));
            }
            return Files.readAllBytes(image);
        } catch (IOException e) {
            throw new UsageException(
                    Files.exists(image)
                            ? "%s cannot be read: %s".formatted(image, e.getMessage())
                            : "%s does not exist; name a picture".formatted(image),
                    e);
        }
    }
}
