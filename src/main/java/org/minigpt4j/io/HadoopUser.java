package org.minigpt4j.io;

import org.apache.hadoop.security.UserGroupInformation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The user name for Hadoop's file systems and Spark. If the system has no name for the user, as in
 * containers that run under a numeric id, Hadoop's login fails. The number is then used as the
 * name.
 */
public final class HadoopUser {

    private HadoopUser() {}

    /** Sets Hadoop's user before Hadoop asks the system. */
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
