package io.github.taskdispatcher.gateway.cli;

import io.github.taskdispatcher.gateway.Gateway;
import io.github.taskdispatcher.gateway.GatewayStartException;
import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessConfig;
import io.github.taskdispatcher.gateway.config.InvalidSettingsException;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.embedded.LocalRedis;
import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/** Runs a gateway until SIGTERM or Ctrl-C, which let running work end first. Exit code 1 when it cannot start. */
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        description = "Starts a gateway. It is configured by environment variables, see README.md.")
public final class StartCommand implements Callable<Integer> {

    @Override
    public Integer call() throws InterruptedException {
        Settings settings;
        try {
            settings = Settings.of(System.getenv());
        } catch (InvalidSettingsException e) {
            System.err.println(e.getMessage());
            return 1;
        }
        LocalRedis redis = null;
        try {
            if (!settings.hasRedisUrl()) {
                redis = LocalRedis.start(settings.dataDir());
            }
            String url = redis == null ? settings.redisUrl() : redis.url();
            Gateway gateway = Gateway.start(settings.config(url));
            stopOnSignal(gateway, redis);
            greet(settings, gateway, redis, url);
        } catch (IOException | GatewayStartException e) {
            System.err.println(e.getMessage());
            if (redis != null) {
                redis.close();
            }
            return 1;
        }
        new CountDownLatch(1).await();
        return 0;
    }

    private static void stopOnSignal(Gateway gateway, LocalRedis redis) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            System.out.println("Stopping: running tasks and held requests are allowed to end ...");
                            gateway.close();
                            if (redis != null) {
                                redis.close();
                            }
                            System.out.println("Stopped.");
                        },
                        "stop"));
    }

    private static void greet(Settings settings, Gateway gateway, LocalRedis redis, String redisUrl) {
        String address = "http://" + settings.config(redisUrl).host() + ":" + gateway.port();
        System.out.println("Task Dispatcher listens on " + address);
        settings.warnings().forEach(warning -> System.out.println("WARNING: " + warning));
        gateway.warnings().forEach(warning -> System.out.println("WARNING: " + warning));
        if (redis == null) {
            System.out.println("Redis: " + RedisURI.create(redisUrl));
        } else {
            System.out.println("Redis: " + redisUrl + (redis.joined() ? " (was running), data in " : ", data in ")
                    + settings.dataDir());
            System.out.println("  a second gateway:  PORT=3001 ./dispatcher start");
            System.out.println("  on other machines: REDIS_URL to a Redis that all of them reach");
            System.out.println("  look inside:       redis-cli -u " + redisUrl + " lrange 'td:{default}:queue' 0 -1");
        }
        AccessConfig access = settings.config(redisUrl).access();
        System.out.println(
                "Connect a worker:    " + (access.workerKeys().isEmpty() ? "" : "WORKER_KEY=<one of WORKER_KEYS> ")
                        + "./dispatcher worker --url ws://localhost:" + gateway.port());
        System.out.println(
                "Watch it:            http://localhost:" + gateway.port() + "/dashboard" + howToSignIn(access));
        System.out.println("Stop with Ctrl-C.");
    }

    /** What the pages ask for; no key itself is printed. */
    private static String howToSignIn(AccessConfig access) {
        if (!access.adminKeys().isEmpty()) {
            return " (sign in with one of ADMIN_KEYS)";
        }
        boolean open = access.clientKeys().isEmpty() && access.workerKeys().isEmpty();
        return open ? "" : " (set ADMIN_KEYS first: where there are other keys, nobody can sign in without one)";
    }
}
