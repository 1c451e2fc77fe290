"""Tiny byte-level tokenizers as Llama-3's and Qwen2.5's are built, and what transformers makes of texts.

    python docs/peers/byte_tokenizers.py src/test/resources/org/minigpt4j/text

writes a folder for each: `tokenizer.json`, `tokenizer_config.json` and `golden.json` with texts, their ids
(without and with what a tokenizer adds) and the texts of ids. ByteLevelTokenizerTest compares with them.
"""

import json
import sys
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

WORDS = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*|"
         r"\s*[\r\n]+|\s+(?!\S)|\s+")
TEXTS = ["a red ring", " a red ring", "Describe this image in detail.", "two  spaces\n\nand lines\r\n",
         "Größe, naïve, 東京, \U0001F600!", "It's 12345 o'clock", "", "e\u0301", "\t tab", "###Human: hi###",
         "<Img>x</Img>", "END and END", "</s><s>"]
CORPUS = ["a red ring and a blue star", "describe this image in detail", "It's a picture of a ring"] * 4


def make(out, name, digits, specials, bos, eos, pad, normalizer=None):
    raw = Tokenizer(models.BPE())
    raw.normalizer = normalizer
    raw.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(WORDS % digits), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    raw.decoder = decoders.ByteLevel()
    raw.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    raw.add_special_tokens(specials)
    if bos:
        raw.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", special_tokens=[(bos, raw.token_to_id(bos))])
    folder = Path(out) / name
    folder.mkdir(parents=True, exist_ok=True)
    raw.save(str(folder / "tokenizer.json"))
    config = dict(bos_token=bos, eos_token=eos, pad_token=pad, unk_token=None, clean_up_tokenization_spaces=False,
                  tokenizer_class="PreTrainedTokenizerFast", model_max_length=1000)
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1))
    peer = PreTrainedTokenizerFast.from_pretrained(folder)
    golden = []
    for text in [t.replace("END", eos) for t in TEXTS]:
        ids = peer.encode(text, add_special_tokens=False)
        golden.append(dict(text=text, ids=ids, with_bos=peer.encode(text),
                           decoded=peer.decode(ids, skip_special_tokens=False)))
    roles = dict(bos=-1 if bos is None else peer.bos_token_id, eos=peer.eos_token_id, size=len(peer))
    (folder / "golden.json").write_text(json.dumps(dict(roles=roles, texts=golden), indent=1))


def main(out):
    make(out, "llama3", "{1,3}",
         ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
         "<|begin_of_text|>", "<|eot_id|>", None)
    make(out, "qwen25", "", ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
         None, "<|im_end|>", "<|endoftext|>", normalizers.NFC())


if __name__ == "__main__":
    main(*sys.argv[1:])
