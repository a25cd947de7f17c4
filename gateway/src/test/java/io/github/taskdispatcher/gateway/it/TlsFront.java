package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Takes TLS off in front of a local port, with a certificate of its own for {@code localhost}. */
final class TlsFront implements AutoCloseable {

    private static final char[] PASSWORD = "password".toCharArray();

    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ServerSocket server;
    private final Path certificate;

    /**
     * @param dir for the certificate
     * @param target the port behind it
     */
    TlsFront(Path dir, int target) throws IOException, GeneralSecurityException, InterruptedException {
        KeyStore keys = keys(dir.resolve("keys" + target + ".p12"));
        certificate = Files.writeString(
                dir.resolve("certificate" + target + ".pem"),
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getCertificate("it").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        server = context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket client = server.accept();
                    Socket away = new Socket(InetAddress.getLoopbackAddress(), target);
                    sockets.addAll(List.of(client, away));
                    threads.execute(() -> ForwardProxy.pipe(client, away));
                    threads.execute(() -> ForwardProxy.pipe(away, client));
                } catch (IOException closed) {
                    // The next one may come through; a closed server ends the loop.
                }
            }
        });
    }

    int port() {
        return server.getLocalPort();
    }

    /** The certificate as a PEM file. */
    Path certificate() {
        return certificate;
    }

    private static KeyStore keys(Path file) throws IOException, GeneralSecurityException, InterruptedException {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "it",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=front of " + file.getFileName(),
                        "-ext",
                        "san=dns:localhost",
                        "-ext",
                        "bc:c",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(keytool.exitValue()).as(said).isZero();
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    @Override
    public void close() {
        Closing.all(server);
        sockets.forEach(Closing::all);
        threads.shutdownNow();
    }
}
