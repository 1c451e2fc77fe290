package org.minigpt4j.config.bind;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The values that can be honoured, of those that upstream's type would allow. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface OneOf {

    String[] value();

    /** Why no other value is taken, or what to do instead. */
    String otherwise();
}
