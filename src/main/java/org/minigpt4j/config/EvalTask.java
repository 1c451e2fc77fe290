package org.minigpt4j.config;

/** The task of an evaluation ({@code run.eval.task}). */
public enum EvalTask {
    /** A caption for each picture, compared with people's captions. */
    CAPTIONS,
    /** Questions of VQAv2 or OK-VQA, each compared with ten people's answers. */
    VQA,
    /** Questions of GQA, each with one answer. */
    GQA,
    /** Questions of A-OKVQA: the most likely of the choices. */
    A_OKVQA,
    /** Questions of POPE: whether an object is in the picture. */
    POPE,
    /** A long description of each picture: how many fail, and how many objects they hallucinate. */
    DESCRIBE
}
