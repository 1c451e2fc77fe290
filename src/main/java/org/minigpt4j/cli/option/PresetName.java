package org.minigpt4j.cli.option;

import org.minigpt4j.model.Preset;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Converts the name of a preset. */
public final class PresetName implements ITypeConverter<Preset> {

    @Override
    public Preset convert(String name) {
        for (Preset preset : Preset.values()) {
            if (preset.toString().equals(name)) {
                return preset;
            }
        }
        throw new TypeConversionException(
                "there is no preset '" + name + "'; use nano, mid, 7b or 13b");
    }
}
