/**
 * Tokens of the Penn Treebank kind, as CoreNLP 3.4.1 cuts captions with {@code -preserveLines
 * -lowerCase}: the figures of captions depend on every one of them. The rules are a text ({@code
 * ptb.grammar}); this package turns them into an automaton that finds the longest match.
 */
package org.minigpt4j.eval.ptb;
