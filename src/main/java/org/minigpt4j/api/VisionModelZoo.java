package org.minigpt4j.api;

import ai.djl.Application;
import ai.djl.Model;
import ai.djl.repository.MRL;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelLoader;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.util.Progress;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Opens one model through DJL's {@link Criteria}: {@code optModelZoo(new VisionModelZoo(file))}.
 * The types are {@link VisualQuestion} and {@link VisualAnswer}, or those of your own translator.
 * {@code optOption} overrides a key of the configuration. Closing the loaded {@code ZooModel}
 * closes the model.
 */
public final class VisionModelZoo extends ModelZoo {

    /** The group id to use with {@code optGroupId}. */
    public static final String GROUP_ID = "org.minigpt4j";

    /** The artifact id to use with {@code optArtifactId}. */
    public static final String ARTIFACT_ID = "minigpt4";

    private final Path configuration;

    /**
     * Creates a zoo with one model.
     *
     * @param configuration the file, or a folder with exactly one such file, as in {@link
     *     VisionModel#open}
     */
    public VisionModelZoo(Path configuration) {
        this.configuration = configuration;
        addModel(new Loader());
    }

    @Override
    public String getGroupId() {
        return GROUP_ID;
    }

    @Override
    public Set<String> getSupportedEngines() {
        return Set.of("PyTorch");
    }

    private VisionModel open(Map<String, String> options) {
        return VisionModel.open(
                configuration,
                options.entrySet().stream()
                        .map(option -> option.getKey() + "=" + option.getValue())
                        .toArray(String[]::new));
    }

    /** The one loader of the zoo; nothing is ever downloaded. */
    private final class Loader implements ModelLoader {

        @Override
        public String getGroupId() {
            return GROUP_ID;
        }

        @Override
        public String getArtifactId() {
            return ARTIFACT_ID;
        }

        @Override
        public Application getApplication() {
            return Application.UNDEFINED;
        }

        @Override
        public MRL getMrl() {
            throw new UnsupportedOperationException(
                    "%s does not come from a repository".formatted(ARTIFACT_ID));
        }

        @Override
        public <I, O> ZooModel<I, O> loadModel(Criteria<I, O> criteria)
                throws ModelNotFoundException {
            boolean ours =
                    criteria.getInputClass() == VisualQuestion.class
                            && criteria.getOutputClass() == VisualAnswer.class;
            if (!ours && criteria.getTranslatorFactory() == null) {
                throw new ModelNotFoundException(
                        "%s to %s needs a translator (optTranslator); without one, ask for %s and %s"
                                .formatted(
                                        criteria.getInputClass().getName(),
                                        criteria.getOutputClass().getName(),
                                        VisualQuestion.class.getSimpleName(),
                                        VisualAnswer.class.getSimpleName()));
            }
            VisionModel vision =
                    open(criteria.getOptions() == null ? Map.of() : criteria.getOptions());
            try {
                return criteria.getTranslatorFactory() == null
                        ? cast(vision)
                        : translated(criteria, vision);
            } catch (RuntimeException | ModelNotFoundException e) {
                vision.close();
                throw e;
            }
        }

        @SuppressWarnings("unchecked") // the criteria's types were checked above
        private <I, O> ZooModel<I, O> cast(VisionModel vision) {
            return (ZooModel<I, O>) VisionZooModel.owning(vision);
        }

        private <I, O> ZooModel<I, O> translated(Criteria<I, O> criteria, VisionModel vision)
                throws ModelNotFoundException {
            Model block = VisionZooModel.owning(vision).getWrappedModel();
            try {
                Translator<I, O> translator =
                        criteria.getTranslatorFactory()
                                .newInstance(
                                        criteria.getInputClass(),
                                        criteria.getOutputClass(),
                                        block,
                                        criteria.getArguments());
                return new ZooModel<>(block, translator) {
                    @Override
                    public void close() {
                        super.close();
                        vision.close();
                    }
                };
            } catch (TranslateException e) {
                throw new ModelNotFoundException("the translator could not be created", e);
            }
        }

        @Override
        public <I, O> boolean isDownloaded(Criteria<I, O> criteria) {
            return true;
        }

        @Override
        public <I, O> void downloadModel(Criteria<I, O> criteria, Progress progress) {
            // The configuration names the files.
        }
    }
}
