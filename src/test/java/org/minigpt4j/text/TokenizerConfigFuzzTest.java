package org.minigpt4j.text;

import java.util.List;

class TokenizerConfigFuzzTest extends TokenizerFuzz {

    TokenizerConfigFuzzTest() {
        super(
                "tokenizer_config.json",
                List.of("tokenizer.json"),
                "{\"bos_token\": {\"content\": \"<s>\", \"rstrip\": false}, \"eos_token\": \"\","
                        + " \"model_max_length\": 1000000000000000019884624838656}");
    }
}
