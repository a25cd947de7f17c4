package io.github.taskdispatcher.gateway.access;

import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessConfig;
import io.github.taskdispatcher.gateway.config.InvalidSettingsException;
import io.github.taskdispatcher.gateway.config.KeyFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the files of keys again when they change, so that a revoked key is out within a second. A change counts once two readings in
 * a row are the same: an editor may write a file in parts. Files that cannot be used change nothing: the keys before stay valid, and
 * the log says why. The timer only starts a reading, {@code pool} does it; readings never run beside each other.
 */
public final class KeyFileWatcher {

    private static final Logger log = LoggerFactory.getLogger(KeyFileWatcher.class);
    private static final long INTERVAL_MS = 300;

    private final Access access;
    private final KeyFiles files;
    private final ScheduledExecutorService timer;
    private final Executor pool;
    private AccessConfig config;
    private List<byte[]> used;
    private List<byte[]> seen;

    /**
     * @param config whose files were read just now
     * @param timer not closed here; when it is shut down, the watcher has ended
     * @param pool threads that may block
     */
    public KeyFileWatcher(Access access, AccessConfig config, ScheduledExecutorService timer, Executor pool) {
        this.access = access;
        this.config = config;
        this.timer = timer;
        this.pool = pool;
        files = config.files();
    }

    /** Begins, unless no keys come from a file. */
    public void start() {
        if (!files.all().isEmpty()) {
            next();
        }
    }

    private void next() {
        try {
            timer.schedule(() -> pool.execute(this::round), INTERVAL_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopped) {
            log.debug("the files of keys are no longer watched");
        }
    }

    private void round() {
        try {
            look();
        } catch (RuntimeException e) {
            log.error("the files of keys could not be looked at", e);
        } finally {
            next();
        }
    }

    /** Called by one thread at a time. */
    void look() {
        List<byte[]> now = new ArrayList<>();
        for (Path file : files.all()) {
            now.add(contents(file));
        }
        boolean settled = same(now, seen);
        seen = now;
        if (!settled || same(now, used)) {
            return;
        }
        used = now;
        try {
            AccessConfig read = files.read(config);
            if (read.equals(config)) {
                return;
            }
            config = read;
            access.replaceKeys(read);
            log.info(
                    "the keys changed: {} of clients, {} of workers, {} of operators are valid now",
                    read.clientKeys().size(),
                    read.workerKeys().size(),
                    read.adminKeys().size());
        } catch (InvalidSettingsException e) {
            log.warn("a file of keys changed and cannot be used, the keys before stay valid: {}", e.getMessage());
        }
    }

    /** What a file holds; nothing when it cannot be read. */
    private static byte[] contents(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            return new byte[0];
        }
    }

    private static boolean same(List<byte[]> some, List<byte[]> others) {
        if (others == null || some.size() != others.size()) {
            return false;
        }
        for (int i = 0; i < some.size(); i++) {
            if (!Arrays.equals(some.get(i), others.get(i))) {
                return false;
            }
        }
        return true;
    }
}
