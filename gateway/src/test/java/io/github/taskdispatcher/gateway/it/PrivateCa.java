package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A CA of a test's own, made with the JDK's keytool, and certificates that it signs; all as PEM files. */
final class PrivateCa {

    private static final String PASSWORD = "password";

    private final Path dir;
    private final Path keys;
    private final Path certificate;

    /**
     * @param dir where its files are
     * @param name tells the files of several apart
     */
    PrivateCa(Path dir, String name) throws IOException, GeneralSecurityException, InterruptedException {
        this.dir = dir;
        keys = dir.resolve(name + ".p12");
        keytool(
                "-genkeypair",
                "-alias",
                "ca",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                "bc:c",
                "-keystore",
                keys);
        certificate = write(
                dir.resolve(name + ".pem"),
                "CERTIFICATE",
                load(keys).getCertificate("ca").getEncoded());
    }

    /** The certificate of the CA. */
    Path certificate() {
        return certificate;
    }

    /** A certificate, and the key to it, of a server. */
    record Server(Path certificate, Path key) {}

    /**
     * Signs a certificate.
     *
     * @param names subject alternative names as keytool takes them, such as {@code ip:127.0.0.1}
     * @param validFrom as keytool takes it, such as {@code -10d}; it is valid for one day
     */
    Server server(String name, String names, String validFrom)
            throws IOException, GeneralSecurityException, InterruptedException {
        Path store = dir.resolve(name + ".p12");
        Path request = dir.resolve(name + ".csr");
        Path signed = dir.resolve(name + ".pem");
        keytool("-genkeypair", "-alias", "it", "-keyalg", "EC", "-dname", "CN=" + name, "-keystore", store);
        keytool("-certreq", "-alias", "it", "-keystore", store, "-file", request);
        keytool(
                "-gencert",
                "-alias",
                "ca",
                "-keystore",
                keys,
                "-infile",
                request,
                "-outfile",
                signed,
                "-rfc",
                "-ext",
                "san=" + names,
                "-startdate",
                validFrom,
                "-validity",
                "1");
        byte[] key = load(store).getKey("it", PASSWORD.toCharArray()).getEncoded();
        return new Server(signed, write(dir.resolve(name + ".key"), "PRIVATE KEY", key));
    }

    private static KeyStore load(Path file) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private static Path write(Path file, String what, byte[] content) throws IOException {
        return Files.writeString(
                file,
                "-----BEGIN " + what + "-----\n"
                        + Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(content) + "\n-----END "
                        + what
                        + "-----\n");
    }

    private static void keytool(Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(said).isZero();
    }
}
