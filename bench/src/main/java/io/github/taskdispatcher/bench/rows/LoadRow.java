package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.load.Caller;
import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.load.Framing;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.Meter;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * Requests of one kind from a number of connections for a time.
 *
 * @param seconds measured, after a tenth of it that is not
 * @param caller makes what the connections ask
 * @param meter starts to count what it costs
 */
record LoadRow(
        String name,
        InetSocketAddress address,
        Framing framing,
        int connections,
        double seconds,
        Supplier<Caller> caller,
        Supplier<Meter> meter)
        implements Row {

    @Override
    public List<Sample> measure(int round) throws Exception {
        try (ClosedLoop loop = new ClosedLoop(address, connections, framing)) {
            Caller asked = caller.get();
            ClosedLoop.Result before = loop.run(asked, (long) (seconds * 1e8));
            Meter used = meter.get();
            ClosedLoop.Result result = loop.run(asked, (long) (seconds * 1e9));
            Map<Figure, Double> figures = used.perTask(result.answered());
            putLoad(figures, result);
            String error = before.firstError() == null ? result.firstError() : before.firstError();
            return List.of(new Sample(name, round, figures, before.errors() + result.errors(), error));
        }
    }

    static void putLoad(Map<Figure, Double> figures, ClosedLoop.Result result) {
        figures.put(Figure.RATE, result.rate());
        putTimes(figures, result.nanos());
    }

    static void putTimes(Map<Figure, Double> figures, Histogram nanos) {
        figures.put(Figure.P50, nanos.getValueAtPercentile(50) / 1e6);
        figures.put(Figure.P99, nanos.getValueAtPercentile(99) / 1e6);
    }
}
