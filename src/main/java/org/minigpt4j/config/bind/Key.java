package org.minigpt4j.config.bind;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a record component a configuration key. The key's name is the component's name in snake
 * case, unless {@link #name} is given.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Key {

    /** The meaning of the key, in full sentences of Markdown. */
    String doc();

    /**
     * The default value: literal text for a text key, YAML for any other. Without it the key is
     * required, unless its type is an Optional or a section without required keys.
     */
    String[] byDefault() default {};

    /** The key's name, if it is not the component's name in snake case. */
    String name() default "";

    /** True for text that is a path and may begin with {@code ~/}. */
    boolean path() default false;

    /**
     * True for a key that upstream does not have; everything in such a section counts as ours too.
     */
    boolean ours() default false;

    /** Why the key has no effect; for keys that exist only so that upstream's files load. */
    String ignored() default "";
}
