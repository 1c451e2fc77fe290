package org.minigpt4j.cli.option;

import picocli.CommandLine.IVersionProvider;

/** The version in the jar's manifest. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"minigpt4j " + (version == null ? "(not packaged)" : version)};
    }
}
