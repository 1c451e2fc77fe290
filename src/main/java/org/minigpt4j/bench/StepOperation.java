package org.minigpt4j.bench;

/** The kind of work that an operation of a step is. */
enum StepOperation {
    /** With the bias, GELU or residual that belongs to a product. */
    LINEAR("linear maps"),
    ATTENTION("attention"),
    NORM("norms"),
    ROTARY("rotary positions"),
    GATE("SiLU and gate"),
    LOSS("softmax and loss of the head"),
    COPY("casts and copies"),
    OTHER("other");

    private static final String ATEN = "aten::";

    private final String label;

    StepOperation(String label) {
        this.label = label;
    }

    /**
     * The kind of an operation.
     *
     * @param operation the engine's name for it
     * @param method the innermost method of the kernels that it runs in; empty for none
     */
    static StepOperation of(String operation, String method) {
        if (method.contains("norm")) {
            return NORM;
        }
        if (method.equals("rotate")) {
            return ROTARY;
        }
        if (method.startsWith("linear") || method.equals("patch_embed")) {
            return LINEAR;
        }
        if (method.startsWith("atten")) {
            return ATTENTION;
        }
        String name = operation.substring(operation.startsWith(ATEN) ? ATEN.length() : 0);
        return switch (name) {
            case "bmm",
                    "baddbmm",
                    "matmul",
                    "_softmax",
                    "softmax",
                    "_softmax_backward_data",
                    "scaled_dot_product_attention" ->
                    method.equals("llama_loss") ? LOSS : ATTENTION;
            case "mm", "addmm", "linear" -> LINEAR;
            case "silu", "silu_backward", "sigmoid", "mul" ->
                    method.equals("llama_loss") ? LOSS : GATE;
            case "_log_softmax", "log_softmax", "exp_", "gather", "scatter_add_", "mul_" -> LOSS;
            case "copy_", "to", "_to_copy", "clone", "contiguous", "cat", "reshape" -> COPY;
            default -> OTHER;
        };
    }

    @Override
    public String toString() {
        return label;
    }
}
