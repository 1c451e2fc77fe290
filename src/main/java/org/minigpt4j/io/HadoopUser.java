package org.minigpt4j.io;

import org.apache.hadoop.security.UserGroupInformation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The user that Hadoop's file systems and Spark act as. Where the system has no name for the user,
 * as in containers that are run with a number, Hadoop's login fails; the number is the name then.
 */
public final class HadoopUser {

    private HadoopUser() {}

    /** Has Hadoop know a user, before it asks the system for one. */
    public static synchronized void require() {
        try {
            UserGroupInformation.getLoginUser();
        } catch (IOException e) {
            if (!UserGroupInformation.isSecurityEnabled()) {
                UserGroupInformation.setLoginUser(UserGroupInformation.createRemoteUser(number()));
            }
        }
    }

    private static String number() {
        try {
            return "uid" + Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        } catch (IOException | RuntimeException e) {
            return "nobody";
        }
    }
}
