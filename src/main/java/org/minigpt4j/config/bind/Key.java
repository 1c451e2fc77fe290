package org.minigpt4j.config.bind;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a record component a configuration key. Its name is the component's in snake case unless
 * {@link #name} says otherwise.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {

    /** What the key means, in full sentences of Markdown. */
    String doc();

    /**
     * The value when the key is absent: literal text for a text key, YAML for any other. Without it
     * the key is required, unless its type is an Optional or a section that needs nothing.
     */
    String[] byDefault() default {};

    /** The key's name where snake case does not give it. */
    String name() default "";

    /** True for text that is a path, which may begin with {@code ~/}. */
    boolean path() default false;

    /** True for a key upstream does not have; what lies below such a section is ours too. */
    boolean ours() default false;

    /** Why the key has no effect here, for a key kept only so that upstream's files load. */
    String ignored() default "";
}
