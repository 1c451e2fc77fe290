package org.minigpt4j.config;

/** What an evaluation asks ({@code run.eval.task}). */
public enum EvalTask {
    /** A caption of each picture, against people's. */
    CAPTIONS,
    /** VQAv2's or OK-VQA's questions, each against ten people's answers. */
    VQA,
    /** GQA's questions, each with one answer. */
    GQA,
    /** A-OKVQA's questions: the likeliest of the choices. */
    A_OKVQA,
    /** POPE's questions whether an object is in the picture. */
    POPE,
    /** A long description of each picture: how many fail, and what they make up. */
    DESCRIBE
}
