package org.minigpt4j;

import static org.junit.platform.commons.support.AnnotationSupport.findAnnotation;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.minigpt4j.model.Devices;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What runs on GPUs: tagged {@code gpu}, and skipped with the reason where there are too few of
 * them. A class that bears it {@linkplain OnDevice computes} there.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("gpu")
@ExtendWith(RequiresGpu.Condition.class)
public @interface RequiresGpu {

    /** How many. */
    int value() default 1;

    /** Counts them. */
    final class Condition implements ExecutionCondition {

        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            int needed =
                    findAnnotation(context.getElement(), RequiresGpu.class)
                            .map(RequiresGpu::value)
                            .orElse(0); // a method of a class that was asked already
            int found;
            try {
                found = needed == 0 ? 0 : Devices.gpus();
            } catch (UsageException e) {
                return ConditionEvaluationResult.disabled("no CUDA device: " + e.getMessage());
            }
            if (found >= needed) {
                return ConditionEvaluationResult.enabled(found + " CUDA devices");
            }
            return ConditionEvaluationResult.disabled(
                    found == 0
                            ? "no CUDA device: " + Devices.whyNone() + " (docs/gpu.md)"
                            : "only " + found + " of " + needed + " CUDA devices");
        }
    }
}
