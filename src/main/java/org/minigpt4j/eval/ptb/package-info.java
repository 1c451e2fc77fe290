/**
 * Penn Treebank tokens, as CoreNLP 3.4.1 splits captions with {@code -preserveLines -lowerCase};
 * caption scores depend on every one of them. The rules are in a text file ({@code ptb.grammar});
 * this package compiles them into an automaton that finds the longest match.
 */
package org.minigpt4j.eval.ptb;
