package io.github.taskdispatcher.gateway.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What is alive in the heap of a gateway's process, by {@code jcmd GC.class_histogram}, which collects all garbage first.
 *
 * @param bytes all live objects together
 * @param sessions live objects of classes of HTTP sessions
 */
record HeapOf(long bytes, long sessions) {

    static HeapOf gateway(GatewayProcess gateway) throws IOException {
        // The first collection only clears what references and cleaners hold.
        read(gateway);
        return read(gateway);
    }

    private static HeapOf read(GatewayProcess gateway) throws IOException {
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(gateway.process.pid()),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .start();
        long sessions = 0;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(jcmd.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.strip().split("\\s+");
                if (words[0].equals("Total")) {
                    return new HeapOf(Long.parseLong(words[2]), sessions);
                }
                if (words.length > 3 && words[3].startsWith("org.eclipse.jetty.session.ManagedSession")) {
                    sessions += Long.parseLong(words[1]);
                }
            }
        }
        throw new IOException("jcmd said nothing of the process");
    }
}
