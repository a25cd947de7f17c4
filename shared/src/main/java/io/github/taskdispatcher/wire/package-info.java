/**
 * The words of the wire between a gateway and its workers: one record per message, all JSON text frames, chosen by their
 * {@code type}. {@code docs/protocol.md} specifies them for someone who never reads this code; a test compares its
 * tables with these records.
 *
 * <p>{@link io.github.taskdispatcher.wire.FromWorker} and {@link io.github.taskdispatcher.wire.ToWorker} are the two
 * directions; {@link io.github.taskdispatcher.wire.Frames} reads and writes both. What belongs to the user, a task's
 * payload and its result, is {@link io.github.taskdispatcher.wire.RawJson}: checked once to be JSON, then passed on byte
 * for byte, never turned into objects and back. Numbers a double cannot hold, the order of keys and the spelling of
 * strings survive.
 *
 * <p>A frame that is not such a message is refused with {@link io.github.taskdispatcher.wire.BadFrameException}; its text
 * is safe to send back, it repeats nothing of the frame.
 */
package io.github.taskdispatcher.wire;
