package org.minigpt4j.text;

import java.util.List;

class AddedTokensFuzzTest extends TokenizerFuzz {

    AddedTokensFuzzTest() {
        super(
                "added_tokens.json",
                List.of("tokenizer.model"),
                "{\"[PAD]\": 512, \"<extra>\": 513}");
    }
}
