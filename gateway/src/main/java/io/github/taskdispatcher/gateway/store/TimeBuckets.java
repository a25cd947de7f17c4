package io.github.taskdispatcher.gateway.store;

/**
 * A histogram of durations: how many fell between one bound and the next, 1 ms, 2 ms, 5 ms, 10 ms ... 500 s, and beyond.
 * What it says of percentiles is good to about a quarter.
 */
public final class TimeBuckets {

    private static final long[] BOUNDS_MS = bounds();

    /** How many buckets there are. */
    public static final int COUNT = BOUNDS_MS.length + 1;

    private TimeBuckets() {}

    private static long[] bounds() {
        long[] bounds = new long[18];
        long decade = 1;
        for (int i = 0; i < bounds.length; i += 3, decade *= 10) {
            bounds[i] = decade;
            bounds[i + 1] = 2 * decade;
            bounds[i + 2] = 5 * decade;
        }
        return bounds;
    }

    /** The bucket of a duration, from 0; a negative one counts as none. */
    public static int of(long ms) {
        int bucket = 0;
        while (bucket < BOUNDS_MS.length && ms > BOUNDS_MS[bucket]) {
            bucket++;
        }
        return bucket;
    }

    /**
     * About the duration that so many stay below, in ms, interpolated within its bucket; -1 when nothing was counted.
     *
     * @param share 0 to 1
     */
    public static long percentile(long[] counts, double share) {
        long all = 0;
        for (long count : counts) {
            all += count;
        }
        if (all == 0) {
            return -1;
        }
        double rank = share * all;
        double below = 0;
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0 && below + counts[i] >= rank) {
                long low = i == 0 ? 0 : BOUNDS_MS[i - 1];
                long high = i == BOUNDS_MS.length ? 2 * low : BOUNDS_MS[i];
                return Math.round(low + (high - low) * Math.max(0, rank - below) / counts[i]);
            }
            below += counts[i];
        }
        return BOUNDS_MS[BOUNDS_MS.length - 1];
    }
}
