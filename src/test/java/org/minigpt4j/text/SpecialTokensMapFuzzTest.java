package org.minigpt4j.text;

import java.util.List;

class SpecialTokensMapFuzzTest extends TokenizerFuzz {

    SpecialTokensMapFuzzTest() {
        super(
                "special_tokens_map.json",
                List.of("tokenizer.model"),
                "{\"bos_token\": \"</s>\", \"eos_token\": {\"content\": \"</s>\", \"lstrip\":"
                        + " true}, \"unk_token\": null, \"pad_token\": \"<unk>\"}");
    }
}
