package org.minigpt4j.api;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.nn.Block;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;

import java.util.ArrayList;
import java.util.List;

/** A {@link VisionModel} as a DJL {@link ZooModel}. */
final class VisionZooModel extends ZooModel<VisualQuestion, VisualAnswer> {

    private final VisionModel model;
    private final boolean owner;

    private VisionZooModel(VisionModel model, boolean owner) {
        super(wrapped(model.block()), null);
        this.model = model;
        this.owner = owner;
    }

    /** Wraps {@code model}; the caller must close it. */
    static VisionZooModel over(VisionModel model) {
        return new VisionZooModel(model, false);
    }

    /** Wraps {@code model} and closes it when the wrapper is closed. */
    static VisionZooModel owning(VisionModel model) {
        return new VisionZooModel(model, true);
    }

    private static Model wrapped(Block block) {
        Model wrapped = Model.newInstance("minigpt4");
        wrapped.setBlock(block);
        return wrapped;
    }

    @Override
    public Predictor<VisualQuestion, VisualAnswer> newPredictor() {
        return new Answering(model, this);
    }

    @Override
    public Predictor<VisualQuestion, VisualAnswer> newPredictor(Device device) {
        return newPredictor();
    }

    @Override
    public void close() {
        super.close();
        if (owner) {
            model.close();
        }
    }

    /**
     * Answers questions. It needs no translator, because an answer takes many passes through the
     * model.
     */
    private static final class Answering extends Predictor<VisualQuestion, VisualAnswer> {

        private final VisionModel vision;

        Answering(VisionModel vision, Model model) {
            super(model, null, model.getNDManager().getDevice(), false);
            this.vision = vision;
        }

        @Override
        public VisualAnswer predict(VisualQuestion question) throws TranslateException {
            try {
                return vision.answer(question);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new TranslateException("interrupted", e);
            }
        }

        @Override
        public List<VisualAnswer> batchPredict(List<VisualQuestion> questions)
                throws TranslateException {
            List<VisualAnswer> answers = new ArrayList<>();
            for (VisualQuestion question : questions) {
                answers.add(predict(question));
            }
            return answers;
        }
    }
}
