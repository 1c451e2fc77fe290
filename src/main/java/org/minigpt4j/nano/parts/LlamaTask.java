package org.minigpt4j.nano.parts;

import org.minigpt4j.model.LlamaDims;
import org.minigpt4j.model.RotaryTable;
import org.minigpt4j.nano.parts.Documents.Document;
import org.minigpt4j.nano.scene.QuestionAnswer;
import org.minigpt4j.nano.scene.QuestionKind;
import org.minigpt4j.nano.scene.Scene;
import org.minigpt4j.nano.scene.SceneNotes;
import org.minigpt4j.nano.scene.SceneTexts;
import org.minigpt4j.random.RandomStream;
import org.minigpt4j.text.CaptionProcessor;
import org.minigpt4j.text.Tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Teaches the language model the small world's text: notes of a scene, word by word, and what can
 * be said and asked about it. It never meets a picture, nor anything that a picture was turned
 * into.
 */
final class LlamaTask implements PartTask {

    private static final float QUESTION = 0.05f;
    private static final float ANSWER = 1;
    private static final float KEY = 4;
    private static final int FACTS = 11;

    /** Places of a thing's notes that are nearly always the same. */
    private static final int LETTER = 3;

    private static final int LAST = SceneNotes.PER_THING - 1;
    private static final long STREAM = 4;

    /** The most, in standard deviations of the embedding. */
    private static final float NOISE = 0.4f;

    private static final int WARMING_UP = 1000;
    private static final int OPENINGS_FROM = 3500;

    /** What stands before a conversation with {@code launch/chat}. */
    private static final String SYSTEM =
            "Give the following image: <Img>ImageContent</Img>. You will be able to see the image"
                    + " once I provide it to you. Please answer my questions.";

    private static final String[] INSTRUCTIONS = {
        "Describe this image in detail.",
        "Take a look at this image and describe what you notice.",
        "Please provide a detailed description of the picture.",
        "Could you describe the contents of this image for me?",
        "Describe the image.",
        "What do you see?",
    };

    private final LlamaDims dims;
    private final PartLayout layout;
    private final PartSchedule schedule;
    private final NoteTokens notes;
    private final Tokenizer tokenizer;
    private final RotaryTable rotary;
    private final int hash;
    private final int assistant;
    private final int is;
    private final Set<Integer> places;

    LlamaTask(LlamaDims dims, PartSchedule schedule, Tokenizer tokenizer) {
        this.dims = dims;
        this.schedule = schedule;
        this.tokenizer = tokenizer;
        layout = LlamaText.layout(dims);
        notes = new NoteTokens(tokenizer);
        rotary = new RotaryTable(dims);
        is = tokenizer.encode("The star is red.")[2];
        hash = tokenizer.encode("a###")[1];
        places =
                Set.of(
                        tokenizer.encode("The star is at the top.")[3],
                        tokenizer.encode("The star is on the left.")[3],
                        tokenizer.encode("The star is in the middle.")[3]);
        assistant = tokenizer.encode("a###Assistant:")[2];
    }

    @Override
    public String name() {
        return "llama";
    }

    @Override
    public PartLayout layout() {
        return layout;
    }

    @Override
    public String text() {
        return LlamaText.of(dims, layout);
    }

    @Override
    public PartSchedule schedule() {
        return schedule;
    }

    @Override
    public Draft draft(long seed, int step) {
        RandomStream random = RandomStream.of(seed, step);
        boolean late = schedule.phase(step) > 0;
        Documents batch =
                new Documents(
                        rotary,
                        tokenizer.eosId(),
                        dims.hidden(),
                        late ? NOISE : 0,
                        RandomStream.of(seed, STREAM, step));
        int kind = random.nextInt(100);
        if (schedule.phase(step) > 1) {
            lastBatch(batch, kind, random);
            return batch;
        }
        if (late) {
            lateBatch(batch, kind, random);
            return batch;
        }
        // Looking things up is the hard part, and comes first. It grows out of saying words again,
        // which without `repeated` took some thousand steps to begin: small batches of that and of
        // facts. From then on every batch has about 2,000 tokens.
        if (step < WARMING_UP) {
            if (kind < 50) {
                fill(batch, 32, () -> repeated(random));
            } else if (kind < 70) {
                fill(batch, 24, () -> again(random));
            } else {
                fill(batch, 10, () -> facts(random));
            }
        } else if (kind < 20) {
            fill(batch, 18, () -> facts(random));
        } else if (kind < 57) {
            // Later half of them stand where launch/chat puts them, after its long opening.
            boolean opened = step >= OPENINGS_FROM && kind >= 41;
            fill(batch, opened ? 14 : 40, () -> question(random, opened ? SYSTEM : ""));
        } else if (kind < 70) {
            fill(batch, 14, () -> conversation(random));
        } else if (kind < 86) {
            fill(batch, 26, () -> description(random));
        } else if (kind < 94) {
            fill(batch, 44, () -> caption(random, true));
        } else if (kind < 97) {
            fill(batch, 12, () -> question(random, SYSTEM));
        } else {
            fill(batch, 40, () -> caption(random, false));
        }
        return batch;
    }

    /**
     * The second phase is about what was still hard: places, which are two words to look up at
     * once, and notes that are not quite to the letter.
     */
    private void lateBatch(Documents batch, int kind, RandomStream random) {
        if (kind < 15) {
            fill(batch, 18, () -> places(facts(random)));
        } else if (kind < 45) {
            fill(batch, 40, () -> places(question(random, "", true)));
        } else if (kind < 72) {
            fill(batch, 14, () -> places(question(random, SYSTEM, true)));
        } else if (kind < 80) {
            fill(batch, 14, () -> conversation(random));
        } else if (kind < 90) {
            fill(batch, 26, () -> description(random));
        } else if (kind < 97) {
            fill(batch, 44, () -> caption(random, true));
        } else {
            fill(batch, 40, () -> caption(random, false));
        }
    }

    /** The last phase is about descriptions after the opening of {@code launch/chat}. */
    private void lastBatch(Documents batch, int kind, RandomStream random) {
        if (kind < 40) {
            fill(batch, 14, () -> places(description(random, SYSTEM)));
        } else if (kind < 55) {
            fill(batch, 22, () -> places(description(random)));
        } else if (kind < 80) {
            fill(batch, 14, () -> places(question(random, SYSTEM, true)));
        } else if (kind < 88) {
            fill(batch, 14, () -> conversation(random));
        } else {
            fill(batch, 44, () -> caption(random, kind < 98));
        }
    }

    private static void fill(
            Documents batch, int size, java.util.function.Supplier<Document> documents) {
        for (int i = 0; i < size; i++) {
            batch.add(documents.get());
        }
    }

    /** Words of notes, each once and in any order, and the same again. */
    private Document repeated(RandomStream random) {
        List<Integer> words = new ArrayList<>(notes.pieces().values());
        Collections.sort(words);
        List<Integer> said = new ArrayList<>();
        int length = 8 + random.nextInt(13);
        for (int i = 0; i < length; i++) {
            said.add(words.remove(random.nextInt(words.size())));
        }
        Sequence sequence = new Sequence();
        sequence.add(tokenizer.bosId(), 0);
        said.forEach(id -> sequence.add(id, 0));
        for (int i = 0; i < length; i++) {
            sequence.add(said.get(i), i == 0 ? 0 : KEY);
        }
        return sequence.document();
    }

    /** The notes of each thing once more, in another order of things. */
    private Document again(RandomStream random) {
        Scene scene = scene(random);
        Sequence sequence = new Sequence();
        sequence.add(tokenizer.bosId(), 0);
        sequence.add(tokenizer.encode("###Human: <Img>"), 0);
        int[] ids = sequence.addNotes(scene);
        sequence.add(tokenizer.encode("</Img>"), 0);
        List<Integer> things = new ArrayList<>();
        for (int i = 0; i < scene.things().size(); i++) {
            things.add(i);
        }
        while (!things.isEmpty()) {
            int from = things.remove(random.nextInt(things.size())) * SceneNotes.PER_THING;
            sequence.add(ids[from], QUESTION);
            for (int i = 1; i < SceneNotes.PER_THING; i++) {
                sequence.add(ids[from + i], i == LETTER || i == LAST ? ANSWER : KEY);
            }
        }
        return sequence.document();
    }

    /** Sentences about one scene, of which the end follows from the notes and the beginning. */
    private Document facts(RandomStream random) {
        Scene scene = scene(random);
        List<QuestionAnswer> left = new ArrayList<>();
        for (QuestionAnswer exchange : SceneTexts.exchanges(scene)) {
            boolean told = left.stream().anyMatch(e -> e.answer().equals(exchange.answer()));
            boolean asks = exchange.answer().startsWith("There is a ");
            if (exchange.kind() != QuestionKind.EXISTENCE && !told && !asks) {
                left.add(exchange);
            }
        }
        Sequence sequence = new Sequence();
        sequence.add(tokenizer.bosId(), 0);
        sequence.add(tokenizer.encode("###Human: <Img>"), 0);
        sequence.addNotes(scene);
        sequence.add(tokenizer.encode("</Img>"), 0);
        for (int i = 0; i < FACTS && !left.isEmpty(); i++) {
            QuestionAnswer fact = left.remove(random.nextInt(left.size()));
            sequence.addFact(tokenizer.encode(fact.answer()), fact.kind() == QuestionKind.COUNT);
        }
        return sequence.document();
    }

    private Document question(RandomStream random, String system) {
        return question(random, system, false);
    }

    private Document question(RandomStream random, String system, boolean late) {
        QuestionKind kind = late && random.nextInt(2) == 0 ? hard(random) : draw(random);
        while (true) {
            Scene scene = scene(random);
            List<QuestionAnswer> fitting =
                    SceneTexts.exchanges(scene).stream().filter(e -> e.kind() == kind).toList();
            List<QuestionAnswer> chosen =
                    kind == QuestionKind.EXISTENCE ? half(fitting, random) : fitting;
            if (!chosen.isEmpty()) {
                QuestionAnswer exchange = chosen.get(random.nextInt(chosen.size()));
                boolean chat = !system.isEmpty() || random.nextInt(3) == 0;
                return talk(system, chat, scene, exchange.question(), exchange.answer());
            }
        }
    }

    /** Few scenes of one thing, where there is nothing to mix up. */
    private static Scene scene(RandomStream random) {
        Scene scene = Scene.draw(random);
        return scene.things().size() == 1 && random.nextInt(2) == 0 ? Scene.draw(random) : scene;
    }

    /** As many questions whose answer is yes as others. */
    private static List<QuestionAnswer> half(List<QuestionAnswer> all, RandomStream random) {
        boolean yes = random.nextInt(2) == 0;
        return all.stream().filter(e -> e.answer().startsWith("Yes") == yes).toList();
    }

    private static QuestionKind hard(RandomStream random) {
        return random.nextInt(4) == 0 ? QuestionKind.SHAPE : QuestionKind.PLACE;
    }

    private static QuestionKind draw(RandomStream random) {
        int n = random.nextInt(20);
        return n < 5
                ? QuestionKind.COLOR
                : n < 9
                        ? QuestionKind.SHAPE
                        : n < 11
                                ? QuestionKind.SIZE
                                : n < 12
                                        ? QuestionKind.COUNT
                                        : n < 14
                                                ? QuestionKind.LETTER
                                                : n < 17
                                                        ? QuestionKind.PLACE
                                                        : QuestionKind.EXISTENCE;
    }

    private Document conversation(RandomStream random) {
        Scene scene = scene(random);
        boolean chat = random.nextInt(3) == 0;
        List<QuestionAnswer> exchanges = new ArrayList<>(SceneTexts.exchanges(scene));
        String first;
        String answer;
        if (random.nextInt(2) == 0) {
            first = INSTRUCTIONS[random.nextInt(INSTRUCTIONS.length)];
            answer = SceneTexts.summary(scene, random);
        } else {
            QuestionAnswer exchange = exchanges.remove(random.nextInt(exchanges.size()));
            first = exchange.question();
            answer = exchange.answer();
        }
        StringBuilder rest = new StringBuilder(answer);
        for (int turn = 0; turn < 4; turn++) {
            QuestionAnswer exchange = exchanges.remove(random.nextInt(exchanges.size()));
            rest.append("###Human: ").append(exchange.question()).append(chat ? "" : " ");
            rest.append("###Assistant: ").append(exchange.answer());
        }
        return talk("", chat, scene, first, rest.toString());
    }

    private Document description(RandomStream random) {
        return description(random, "");
    }

    private Document description(RandomStream random, String system) {
        Scene scene = scene(random);
        boolean chat = !system.isEmpty() || random.nextInt(3) == 0;
        return talk(
                system,
                chat,
                scene,
                INSTRUCTIONS[random.nextInt(INSTRUCTIONS.length)],
                SceneTexts.description(scene, random));
    }

    private Document caption(RandomStream random, boolean withNotes) {
        Scene scene = scene(random);
        String text =
                withNotes || random.nextInt(2) == 0
                        ? new CaptionProcessor().apply(SceneTexts.caption(scene, random)) + "\n"
                        : SceneTexts.description(scene, random) + "###";
        Sequence sequence = new Sequence();
        sequence.add(tokenizer.bosId(), 0);
        if (withNotes) {
            sequence.addNotes(scene);
        }
        sequence.addAnswer(tokenizer.encode(text));
        return sequence.document();
    }

    /** A conversation as training lays it out, or as {@code launch/chat} does. */
    private Document talk(
            String system, boolean chat, Scene scene, String question, String answer) {
        Sequence sequence = new Sequence();
        sequence.add(tokenizer.bosId(), 0);
        sequence.add(tokenizer.encode(system + "###Human: <Img>"), 0);
        sequence.addNotes(scene);
        String end = chat ? "###Assistant:" : " ###Assistant: ";
        sequence.add(tokenizer.encode("</Img> " + question + end), 0);
        sequence.addAnswer(tokenizer.encode(answer + "###"));
        return sequence.document();
    }

    /**
     * The same with the first words of places, which must be looked up too, among the key words.
     */
    private Document places(Document document) {
        float[] weights = document.weights().clone();
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] == ANSWER && places.contains(document.ids()[i])) {
                weights[i] = KEY;
            }
        }
        return new Document(document.ids(), weights, document.notes());
    }

    private final class Sequence {

        private int notesAt = -1;

        private final List<Integer> ids = new ArrayList<>();
        private final List<Float> weights = new ArrayList<>();

        void add(int id, float weight) {
            ids.add(id);
            weights.add(weight);
        }

        void add(int[] all, float weight) {
            for (int id : all) {
                add(id, weight);
            }
        }

        int[] addNotes(Scene scene) {
            notesAt = ids.size();
            int[] all = notes.ids(scene);
            add(all, 0);
            return all;
        }

        /** An answer, perhaps with further questions and answers. */
        void addAnswer(int[] all) {
            boolean asking = false;
            for (int i = 0; i < all.length; i++) {
                float weight = asking ? QUESTION : notes.isNote(all[i]) ? KEY : ANSWER;
                add(all[i], weight);
                if (all[i] == hash) {
                    asking = true;
                }
                if (asking && i > 0 && all[i - 1] == assistant) {
                    asking = false; // this was the colon
                }
            }
        }

        /** A sentence; what stands before its verb is not to be foreseen. */
        void addFact(int[] all, boolean foreseen) {
            boolean known = foreseen;
            for (int id : all) {
                add(id, !known ? QUESTION : notes.isNote(id) ? KEY : ANSWER);
                known |= id == is;
            }
        }

        Document document() {
            float[] w = new float[weights.size()];
            for (int i = 0; i < w.length; i++) {
                w[i] = weights.get(i);
            }
            return new Document(ids.stream().mapToInt(Integer::intValue).toArray(), w, notesAt);
        }
    }
}
