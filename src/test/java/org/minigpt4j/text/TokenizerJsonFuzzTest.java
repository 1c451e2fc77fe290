package org.minigpt4j.text;

import java.util.List;

class TokenizerJsonFuzzTest extends TokenizerFuzz {

    TokenizerJsonFuzzTest() {
        super("tokenizer.json", List.of());
    }
}
