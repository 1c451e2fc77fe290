package org.minigpt4j.text;

import java.util.List;

class SentencePieceFuzzTest extends TokenizerFuzz {

    SentencePieceFuzzTest() {
        super("tokenizer.model", List.of());
    }
}
