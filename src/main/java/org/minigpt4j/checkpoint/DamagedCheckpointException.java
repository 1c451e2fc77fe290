package org.minigpt4j.checkpoint;

/** A checkpoint that is not what was written: there is no use in reading it once more. */
final class DamagedCheckpointException extends Exception {

    private static final long serialVersionUID = 1L;

    /** The message names the file and what is wrong with it. */
    DamagedCheckpointException(String message) {
        super(message);
    }
}
