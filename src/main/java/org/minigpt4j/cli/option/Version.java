package org.minigpt4j.cli.option;

import org.minigpt4j.BuildInfo;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the version, and the revision it was built from. */
public final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String revision = BuildInfo.revision().map(" (revision %s)"::formatted).orElse("");
        return new String[] {"minigpt4j " + BuildInfo.version() + revision};
    }
}
