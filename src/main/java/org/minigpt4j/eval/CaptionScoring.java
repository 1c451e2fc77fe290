package org.minigpt4j.eval;

import org.minigpt4j.eval.ScoreSheet.Figure;
import org.minigpt4j.eval.ScoreSheet.Item;
import org.minigpt4j.eval.ptb.PtbTokenizer;
import org.minigpt4j.eval.score.CaptionPair;
import org.minigpt4j.eval.score.CaptionScore;
import org.minigpt4j.eval.score.CaptionScores;
import org.minigpt4j.eval.score.ScoreMode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Scores captions: BLEU-1 to BLEU-4, ROUGE-L and CIDEr-D as pycocoevalcap computes them, and METEOR
 * and SPICE from their authors' programs if the user has them.
 */
public final class CaptionScoring {

    private final List<ForeignScorer> foreign;

    /** Creates a scoring that also runs these programs; empty for none. */
    public CaptionScoring(List<ForeignScorer> foreign) {
        this.foreign = List.copyOf(foreign);
    }

    /**
     * Scores captions.
     *
     * @param captions the captions to score, by image
     * @param references the reference captions by image, at least one for each image scored; other
     *     images are ignored
     */
    public ScoreSheet of(Map<String, String> captions, Map<String, List<String>> references) {
        List<String> all = new ArrayList<>(captions.values());
        captions.keySet().forEach(image -> all.addAll(references.get(image)));
        Map<String, String> words = CaptionWords.of(all);
        List<String> images = List.copyOf(captions.keySet());
        List<CaptionPair> pairs =
                images.stream()
                        .map(
                                image ->
                                        new CaptionPair(
                                                words.get(captions.get(image)),
                                                references.get(image).stream()
                                                        .map(words::get)
                                                        .toList()))
                        .toList();
        List<String> notes = notes(all);
        List<CaptionScore> scores = new ArrayList<>(CaptionScores.of(pairs));
        if (images.size() == 1) {
            notes.add("CIDEr of a single image is always 0");
        }
        for (String name : ForeignScorer.NAMES) {
            foreign.stream()
                    .filter(scorer -> scorer.name().equals(name))
                    .findFirst()
                    .ifPresentOrElse(
                            scorer -> scores.add(scorer.score(pairs)),
                            () -> notes.add(ForeignScorer.missing(name)));
        }
        List<Figure> figures = new ArrayList<>();
        scores.forEach(
                score ->
                        figures.add(
                                new Figure(ScoreMode.OFFICIAL, "", score.name(), score.corpus())));
        if (figures.stream().map(Figure::value).anyMatch(OptionalDouble::isEmpty)) {
            notes.add("CIDEr is undefined: no reference contains a word");
        }
        return new ScoreSheet(
                ScoreTask.CAPTIONS.toString(),
                ScoreTask.CAPTIONS.unit(),
                references.size(),
                figures,
                items(images, captions, scores),
                notes);
    }

    private static List<String> notes(List<String> captions) {
        long odd = captions.stream().filter(PtbTokenizer::endsLineWithin).count();
        List<String> notes = new ArrayList<>();
        if (odd > 0) {
            notes.add(
                    ("%s captions contain a character at which CoreNLP ends a line (such as a carriage return). It counts as a blank here; pycocoevalcap would give every later image the words of another one")
                            .formatted(Long.toString(odd)));
        }
        return notes;
    }

    private static List<Item> items(
            List<String> images, Map<String, String> captions, List<CaptionScore> scores) {
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            Map<String, Double> figures = new LinkedHashMap<>();
            for (CaptionScore score : scores) {
                if (score.corpus().isPresent()) {
                    figures.put(score.name(), score.each()[i]);
                }
            }
            items.add(new Item(images.get(i), captions.get(images.get(i)), figures));
        }
        return items;
    }
}
