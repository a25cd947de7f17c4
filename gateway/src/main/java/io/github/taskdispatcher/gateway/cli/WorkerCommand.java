package io.github.taskdispatcher.gateway.cli;

import io.github.taskdispatcher.examples.EchoWorker;
import java.net.URI;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs the example worker, which answers each task with its payload, until SIGTERM or Ctrl-C. Exit code 1 when the gateway
 * refuses the key or the group, 2 when the address is not one of a gateway.
 */
@Command(
        name = "worker",
        mixinStandardHelpOptions = true,
        description =
                "Connects an example worker that answers each task with its payload. It reconnects by itself and ends "
                        + "with Ctrl-C, after its running task.")
public final class WorkerCommand implements Callable<Integer> {

    @Option(
            names = "--url",
            defaultValue = "${env:GATEWAY_URL:-ws://localhost:3000}",
            description = "address of a gateway, default: GATEWAY_URL or ${DEFAULT-VALUE}")
    private String url;

    @Option(
            names = "--group",
            defaultValue = "${env:GROUP:-default}",
            description = "group to serve, default: GROUP or ${DEFAULT-VALUE}")
    private String group;

    @Option(names = "--key", defaultValue = "${env:WORKER_KEY}", description = "key of the worker, default: WORKER_KEY")
    private String key;

    @Override
    public Integer call() throws InterruptedException {
        URI address;
        try {
            address = EchoWorker.address(url, group);
        } catch (IllegalArgumentException e) {
            System.err.println("--url " + url + " is not an address of a gateway: write it like ws://localhost:3000");
            return 2;
        }
        try {
            new EchoWorker(address, key == null || key.isBlank() ? null : key).run();
        } catch (EchoWorker.RefusedException e) {
            System.err.println(e.getMessage());
        }
        return 1;
    }
}
