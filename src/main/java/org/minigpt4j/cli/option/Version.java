package org.minigpt4j.cli.option;

import org.minigpt4j.BuildInfo;

import picocli.CommandLine.IVersionProvider;

/** Prints the version and git revision for {@code --version}. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String revision = BuildInfo.revision().map(" (revision %s)"::formatted).orElse("");
        return new String[] {"minigpt4j " + BuildInfo.version() + revision};
    }
}
