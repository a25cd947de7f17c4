package io.github.taskdispatcher.gateway.cli;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Prints a new key: 24 random bytes as 48 hexadecimal digits. */
@Command(
        name = "key",
        mixinStandardHelpOptions = true,
        description = "Prints a new random key, for API_KEYS, WORKER_KEYS or ADMIN_KEYS.")
public final class KeyCommand implements Callable<Integer> {

    private static final int BYTES = 24;

    @Override
    public Integer call() {
        byte[] random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        System.out.println(HexFormat.of().formatHex(random));
        return 0;
    }
}
