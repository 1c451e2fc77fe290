package org.minigpt4j.config;

import org.minigpt4j.config.bind.Checked;
import org.minigpt4j.config.bind.Exists;
import org.minigpt4j.config.bind.Key;
import org.minigpt4j.config.bind.OneOf;
import org.minigpt4j.config.bind.Range;
import org.minigpt4j.config.bind.SectionProblems;

import java.nio.file.Path;
import java.util.Optional;

/** The section {@code model}: the frozen parts, their files, and the text around the image. */
public record ModelConfig(
        @Key(doc = "The architecture.", byDefault = "mini_gpt4")
                @OneOf(
                        value = "mini_gpt4",
                        otherwise = "it is the only architecture here (version 1 of upstream)")
                String arch,
        @Key(
                        doc =
                                "Chooses the language model's prompts and the built-in defaults"
                                        + " ([models.md](models.md)).")
                @OneOf(
                        value = {
                            "pretrain_vicuna",
                            "pretrain_vicuna_v1",
                            "pretrain_llama2",
                            "pretrain_llama3",
                            "pretrain_mistral",
                            "pretrain_qwen25"
                        },
                        otherwise = "its size is that of llama_model; see docs/models.md")
                String modelType,
        @Key(doc = "The image encoder.", byDefault = "eva_clip_g")
                @OneOf(
                        value = "eva_clip_g",
                        otherwise = "upstream has no other; model.vit changes its size")
                String vitModel,
        @Key(
                        doc =
                                "The image encoder's weights, `.pth` or `.safetensors` (upstream"
                                        + " downloads this file from a fixed address), or a copy of"
                                        + " Hugging Face's `Salesforce/blip2-flan-t5-xxl`.",
                        ours = true)
                @Exists(
                        value = Exists.Kind.FILE_OR_FOLDER,
                        howToGet =
                                "put the path of eva_vit_g.pth there: download"
                                        + " https://storage.googleapis.com/sfr-vision-language-research/LAVIS/models/BLIP2/eva_vit_g.pth,"
                                        + " or create random ones with launch/weights random --preset 7b")
                Path vitWeights,
        @Key(doc = "The size of the image encoder.", ours = true) VitConfig vit,
        @Key(
                        doc =
                                "The BLIP-2 file with the Q-Former, its queries and `ln_vision`."
                                        + " Upstream's default is the address of"
                                        + " `blip2_pretrained_flant5xxl.pth`; here it is a file,"
                                        + " because nothing is downloaded, or a copy of Hugging"
                                        + " Face's `Salesforce/blip2-flan-t5-xxl`. Required unless"
                                        + " `has_qformer` is `False`.")
                @Exists(value = Exists.Kind.FILE_OR_FOLDER, howToGet = ModelConfig.Q_FORMER_FILE)
                Optional<Path> qFormerModel,
        @Key(
                        doc =
                                "Whether the image passes through the Q-Former. `False`: groups of"
                                        + " four neighbouring patches, each as one token, go to the"
                                        + " projection instead, as in upstream's model for Llama 2;"
                                        + " then `q_former_model`, `qformer` and `num_query_token`"
                                        + " are not used.",
                        byDefault = "True")
                boolean hasQformer,
        @Key(doc = "The size of the Q-Former.", ours = true) QFormerConfig qformer,
        @Key(doc = "Vicuna: a Hugging Face folder of LLaMA weights with its tokenizer.")
                @Exists(
                        value = Exists.Kind.FOLDER,
                        howToGet =
                                "put a Hugging Face folder of Vicuna weights there: merge the"
                                        + " Vicuna delta into LLaMA with launch/weights merge-delta, or"
                                        + " create random ones with launch/weights random --preset 7b")
                Path llamaModel,
        @Key(
                        doc =
                                "The projection to start from: a checkpoint of our own or of"
                                        + " upstream; if it holds a trained Q-Former, that is used"
                                        + " as well. Null or empty text starts a new one.")
                @Exists(
                        value = Exists.Kind.FILE_OR_FOLDER,
                        howToGet =
                                "put the stage-1 checkpoint of your own run there (it"
                                        + " is in that run's output_dir), or upstream's"
                                        + " pretrained_minigpt4.pth")
                Optional<Path> ckpt,
        @Key(
                        doc =
                                "Number of the projection's linear layers, with GELU between them;"
                                        + " the paper compares 1 with 3.",
                        byDefault = "1",
                        ours = true)
                @Range(min = 1)
                int projLayers,
        @Key(doc = "Edge of the square image in pixels.", byDefault = "224") @Range(min = 1)
                int imageSize,
        @Key(doc = "Number of queries, and so of image tokens.", byDefault = "32") @Range(min = 1)
                int numQueryToken,
        @Key(
                        doc = "Maximum tokens of a text including `end_sym`; the rest is cut.",
                        byDefault = "32")
                @Range(min = 1, max = 2048)
                int maxTxtLen,
        @Key(doc = "Text appended to every caption.", byDefault = "\n") String endSym,
        @Key(
                        doc =
                                "A file of prompts, one per line, each with `<ImageHere>`. Null or"
                                        + " empty text means none (stage 1).")
                @Exists(
                        value = Exists.Kind.FILE,
                        howToGet =
                                "name a text file with one prompt per line, or leave the key out")
                Optional<Path> promptPath,
        @Key(
                        doc = "The dialogue turn around a prompt; `{}` is replaced by the prompt.",
                        byDefault = "")
                String promptTemplate,
        @Key(doc = "Keep the LLM's linear layers in 8 bits.", byDefault = "False")
                boolean lowResource,
        @Key(
                        doc =
                                "Folder that stores the 8-bit weights made for"
                                        + " `low_resource`. The next start reads them from"
                                        + " there (half as many bytes) if `llama_model` still"
                                        + " has the same weights. Null or empty text: not"
                                        + " stored.",
                        ours = true)
                @Exists(
                        value = Exists.Kind.OUTPUT_FOLDER,
                        howToGet = "name a folder; it is created if necessary")
                Optional<Path> int8Folder,
        @Key(
                        name = "device_8bit",
                        doc = "Number of the GPU that holds the 8-bit LLM.",
                        byDefault = "0",
                        ignored = "each of `run.devices` holds the whole model, also in 8 bits")
                @Range(min = 0)
                int device8bit,
        @Key(
                        doc =
                                "Recompute the LLM's layers in the backward pass: less memory,"
                                        + " more time, the same gradients.",
                        byDefault = "False",
                        ours = true)
                boolean gradCheckpoint,
        @Key(doc = "Freeze the image encoder and `ln_vision`.", byDefault = "True")
                @OneOf(
                        value = "True",
                        otherwise =
                                "the image encoder cannot be trained here; the projection"
                                        + " is trained, and with freeze_qformer: False the Q-Former")
                boolean freezeVit,
        @Key(
                        doc =
                                "Freeze the Q-Former and its queries. `False` trains them"
                                        + " with the projection.",
                        byDefault = "True")
                boolean freezeQformer,
        @Key(
                        doc = "Number format of the image encoder's weights.",
                        byDefault = "fp16",
                        ignored = "`run.precision` applies to the whole model")
                @OneOf(
                        value = {"fp16", "fp32"},
                        otherwise = "upstream has no other")
                String vitPrecision,
        @Key(
                        doc = "Share of the encoder's blocks dropped at random.",
                        byDefault = "0",
                        ignored = "a frozen encoder drops nothing, in upstream too")
                @Range(min = 0, below = 1)
                double dropPathRate,
        @Key(
                        doc = "Recompute the encoder's blocks in the backward pass.",
                        byDefault = "False",
                        ignored = "a frozen encoder has no backward pass")
                boolean useGradCheckpoint,
        @Key(doc = "A prompt.", byDefault = "", ignored = "upstream never reads it") String prompt)
        implements Checked {

    private static final int GROUPED_PATCHES = 4;

    private static final String Q_FORMER_FILE =
            "put the path of blip2_pretrained_flant5xxl.pth there: download"
                    + " https://storage.googleapis.com/sfr-vision-language-research/LAVIS/models/BLIP2/blip2_pretrained_flant5xxl.pth,"
                    + " or create random ones with launch/weights random --preset 7b";

    @Override
    public void check(SectionProblems problems) {
        if (hasQformer && qFormerModel.isEmpty()) {
            problems.reject("q_former_model", "is missing; " + Q_FORMER_FILE, "has_qformer");
        }
        if (!hasQformer && !freezeQformer) {
            problems.reject(
                    "freeze_qformer",
                    "is False, but model.has_qformer: False leaves no Q-Former to train; leave"
                            + " one of them out",
                    "has_qformer");
        }
        int edge = imageSize / vit.patchSize();
        if (!hasQformer && edge * edge % GROUPED_PATCHES != 0) {
            problems.reject(
                    "has_qformer",
                    "is False, but an image has %d patches (model.image_size over"
                                    .formatted(edge * edge)
                            + " model.vit.patch_size, squared), which cannot be grouped by four;"
                            + " give another image_size",
                    "image_size",
                    "vit.patch_size");
        }
        divides("vit.patch_size", vit.patchSize(), "image_size", imageSize, problems);
        divides("vit.heads", vit.heads(), "vit.width", vit.width(), problems);
        divides(
                "qformer.heads",
                qformer.heads(),
                "qformer.hidden_size",
                qformer.hiddenSize(),
                problems);
        if (promptPath.isPresent() && promptTemplate.split("\\{}", -1).length != 2) {
            problems.reject(
                    "prompt_template",
                    "is the text \"%s\"; write one {} where a prompt of prompt_path goes"
                            .formatted(promptTemplate),
                    "prompt_path");
        }
    }

    private static void divides(
            String key, int divisor, String other, int dividend, SectionProblems problems) {
        if (dividend % divisor != 0) {
            problems.reject(
                    key,
                    "is %d; give a divisor of model.%s, %d".formatted(divisor, other, dividend),
                    other);
        }
    }
}
