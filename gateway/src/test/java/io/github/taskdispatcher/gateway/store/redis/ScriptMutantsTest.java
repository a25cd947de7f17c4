package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Breaks the scripts on purpose, one rule at a time: the model or one of the scenarios must notice. A mutant that nobody
 * notices would mean that the rule has no test.
 */
@Tag("redis")
class ScriptMutantsTest {

    private static final int SEEDS = 60;

    static Stream<Arguments> mutants() {
        return Stream.of(
                mutant(
                        "a model goes to whoever declares it last",
                        "if lives and not own and not configured then",
                        "if false then"),
                mutant(
                        "the configuration gives no model",
                        "if lives and not own and not configured then",
                        "if lives and not own then"),
                mutant("a model stays with a group that declares it no more", "tonumber(last[2]) >= now", "true"),
                mutant(
                        "a model goes with the first gateway that takes it back",
                        "call('ZREM', key, group .. ' ' .. caller .. ' ' .. holder)",
                        "call('DEL', key)"),
                mutant(
                        "a model leaves the list with the first that takes it back",
                        "if ownerOf(model) ~= group then",
                        "if true then"),
                mutant(
                        "a model counts no more for a holder that declares it elsewhere",
                        "if not declaresElsewhere(key) then",
                        "if true then"),
                mutant("declarations are searched without a bound", "if #others > 100 then return true end", ""),
                mutant(
                        "old declarations of a model stay",
                        "    call('ZREMRANGEBYSCORE', key, '-inf', '(' .. stamp)\n    call('ZADD', key",
                        "    call('ZADD', key"),
                mutant(
                        "a name that another gateway holds counts no more for its holder",
                        "if call('EXISTS', gateways) == 1 then return {'noted'} end",
                        ""),
                mutant(
                        "a name that another holder has counts no more",
                        "if call('EXISTS', holders) == 1 then return {'noted'} end",
                        ""),
                mutant("a holder that left stays in the group", "call('ZREM', holders, holder)\n", ""),
                mutant(
                        "a gateway that died holds a name while others use it",
                        "call('ZREMRANGEBYSCORE', gateways, '-inf', old)\n",
                        ""),
                mutant("a holder that died holds a name", "call('ZREMRANGEBYSCORE', holders, '-inf', old)\n", ""),
                mutant(
                        "holders of a group stay for ever",
                        "call('ZREMRANGEBYSCORE', holders, '-inf', '(' .. ms(now - life))\n",
                        ""),
                mutant(
                        "gateways of a group stay for ever",
                        "call('ZREMRANGEBYSCORE', gateways, '-inf', '(' .. ms(now - life))\n",
                        ""),
                mutant(
                        "the groups of a holder have no bound",
                        "if has >= mostOfHolder then return {'holder-full'} end",
                        ""),
                mutant(
                        "groups have no bound",
                        "call('ZCOUNT', GROUPS, '(' .. ms(now - counted), '+inf') >= most",
                        "false"),
                mutant("names that were left have no bound", "if behind >= mostOfHolder * 10 then", "if false then"),
                mutant(
                        "what others left refuses who left nothing",
                        "most > 0 and has + behind >= mostOfHolder and",
                        "most > 0 and"),
                mutant(
                        "names that were left have no bound in all",
                        "call('ZCARD', GROUPS) >= most * 10 then",
                        "false then"),
                mutant("a name that is used again counts as left", "call('ZREM', left, group)\n", ""),
                mutant(
                        Script.REGISTER,
                        "names that were left count for ever",
                        "    call('ZREMRANGEBYSCORE', left, '-inf', '(' .. ms(now - countedLeft))\n",
                        ""),
                mutant("a name that was left counts against nobody", "call('ZADD', left, stamp, group)\n", ""),
                mutant(
                        Script.UNREGISTER,
                        "names that were left are kept for ever",
                        "call('ZREMRANGEBYSCORE', left, '-inf', '(' .. ms(now - countedLeft))\n",
                        ""),
                mutant("a name that is not there was left", "if not used then return {'noted'} end\n", ""),
                mutant("a name that was left counts for its holder", "call('ZREM', groupsOf(holder), group)\n", ""),
                mutant(
                        "a name that was left is used again",
                        "if tonumber(used) > counts then call",
                        "if true then call"),
                mutant("a name that was left counts", "call('ZADD', GROUPS, ms(counts), group)", "local none"),
                mutant("groups count for ever", "call('ZREMRANGEBYSCORE', mine, '-inf', '(' .. ms(now - life))\n", ""),
                mutant("names that are used are forgotten", "used and tonumber(used) <= oldest", "used"),
                mutant(
                        "names are found for ever",
                        "call('ZREMRANGEBYSCORE', names, '-inf', '(' .. ms(now - life))\n",
                        ""),
                mutant("the names of a hash have no bound", "call('ZCARD', names) >= most", "false"),
                mutant("a name that is kept counts as another", "not call('ZSCORE', names, group) and ", ""),
                mutant(
                        "a key is taken from whoever has it",
                        "if kept and not refused then return {'kept', kept} end",
                        ""),
                mutant(
                        "a refused request's key names another task",
                        "kept and refused .. ' ' .. request or named",
                        "named"),
                mutant("anybody gives a key back", "if call('GET', base) ~= read then return {'other'} end", ""),
                mutant(
                        "a key is given back only while there is memory",
                        "call('PEXPIRE', base, life)\nlocal id, group",
                        "local id, group"),
                mutant(
                        "a key is confirmed for another task",
                        "if kept and string.sub(kept, 1, #named) ~= named then return {'other'} end",
                        ""),
                mutant("a confirmed key is given back", "named .. ' +', 'PX'", "kept or named, 'PX'"),
                mutant("a swept group stays", "== 0 then call('DEL', META) end", "== -1 then call('DEL', META) end"),
                mutant(
                        "declared models have no bound",
                        "not lives and call('ZCARD', DECLARED_MODELS) >= most",
                        "false"),
                mutant(
                        "the models of a holder have no bound",
                        "not call('ZSCORE', mine, model) and call('ZCARD', mine) >= mostOfHolder",
                        "false"),
                mutant("old declarations count for ever", "call('ZREMRANGEBYSCORE', mine, '-inf', '(' .. stamp)\n", ""),
                mutant(
                        "no tombstone",
                        "  call('HSET', workerKey(worker), 'gone', stamp)\n",
                        "  call('DEL', workerKey(worker))\n"),
                mutant(
                        "submit without looking for the id",
                        "if call('EXISTS', key, QUEUE) == 0 then",
                        "if call('EXISTS', QUEUE) == 0 then"),
                mutant(
                        "submit without looking for the id when others wait",
                        "elseif call('EXISTS', key) == 1 then",
                        "elseif false then"),
                mutant(
                        "a submit overtakes those who wait",
                        "if call('EXISTS', key, QUEUE) == 0 then",
                        "if call('EXISTS', key) == 0 then"),
                mutant(
                        "a task that others joined is taken back",
                        "    allow_writes_when_oom()\n    call('HSET', key, 'shared', '1')\n",
                        ""),
                mutant(
                        "a task that others made is taken back",
                        "if shared then call('HSET', key, 'shared', '1') end",
                        ""),
                mutant(
                        "a task is taken back from whoever joined it",
                        "if call('HGET', taskKey(id), 'shared') then return {'shared'} end",
                        ""),
                mutant(
                        "a claimed task is queued again",
                        "if not isClaimed(id, w.gateway) or sent and",
                        "if true or sent and"),
                mutant(
                        "complete without the token",
                        "token ~= '' and task.worker == worker and task.token == token",
                        "token ~= '' and task.worker == worker"),
                mutant(
                        "complete without the worker",
                        "token ~= '' and task.worker == worker and task.token == token",
                        "token ~= ''"),
                mutant("complete frees a foreign worker", "if w.task == id .. ' ' .. token then", "if true then"),
                mutant(
                        "a worker that was given up is idle again",
                        "if not stops and not task.orphanedAt and",
                        "if not stops and"),
                mutant(
                        "the usual answer passes over those who wait",
                        "not task.orphanedAt and call('EXISTS', QUEUE) == 0 then",
                        "not task.orphanedAt then"),
                mutant(
                        "a busy worker gets a second task",
                        "if not task then\n  -- The worker is free",
                        "if true then\n  -- The worker is free"),
                mutant(
                        "what is handed out on the way is not told to the caller",
                        "bind(id, token, worker, gateway, false)",
                        "bind(id, token, worker, gateway, gateway == caller)"),
                mutant(
                        "no slot freed on timeout",
                        "    call('ZREM', unclaimedOf(gateway), id)\n    makeIdle(task.worker)\n",
                        "    call('ZREM', unclaimedOf(gateway), id)\n"),
                mutant(
                        "a cancelled task still waits",
                        "if task.status == 'queued' then\n  unqueue(id, task.seq)",
                        "if task.status == 'queued' then"),
                mutant("what ended is cancelled", "if task.endedBy then return {'ended'} end", ""),
                mutant(
                        "whoever left once cancels later",
                        "call('HGET', taskKey(id), 'abandonedAt') ~= abandonedAt",
                        "false"),
                mutant(
                        "who looks does not count",
                        "if v[11] and not v[5] then call('HDEL', key, 'abandonedAt') end",
                        ""),
                mutant("who submits it again does not count", "    call('HDEL', key, 'abandonedAt')\n", ""),
                mutant(
                        "what needs no client is left",
                        "if not v[1] or v[2] or v[3] then return {'kept'} end",
                        "if not v[1] or v[2] then return {'kept'} end"),
                mutant(
                        "what has ended is left",
                        "if not v[1] or v[2] or v[3] then return {'kept'} end",
                        "if not v[1] or v[3] then return {'kept'} end"),
                mutant(
                        "nobody leaves when memory is full",
                        "allow_writes_when_oom()\ncall('HSET', key, 'abandonedAt'",
                        "call('HSET', key, 'abandonedAt'"),
                mutant(
                        "a task needs a client it never had",
                        "if client == '' then call('HSET', key, 'background', '1') end",
                        ""),
                mutant(
                        "no task without a client when memory is full",
                        "allow_writes_when_oom()\nif now < task.deadline then",
                        "if now < task.deadline then"),
                mutant(
                        "what has ended is put in the background",
                        "if not task.status or task.endedBy then return view(id, largest) end",
                        "if not task.status then return view(id, largest) end"),
                mutant("what is overdue is put in the background", "if now < task.deadline then", "if true then"),
                mutant("nothing dispatched after a deadline", "expire(id, task)\ndispatch()", "expire(id, task)"),
                mutant(
                        "a worker is not told for sure",
                        "call('ZADD', toldOf(gateway), stamp, id .. ' ' .. task.worker)",
                        ""),
                mutant(
                        "nothing dispatched after a cancel",
                        "finish(id, task, 'cancelled', reason, 'cancel')\ndispatch()",
                        "finish(id, task, 'cancelled', reason, 'cancel')"),
                mutant(
                        "the slot of a cancelled task is never free",
                        "  leave(id, task)\n  local gateway",
                        "  local gateway"),
                mutant(
                        "a task that was sent to nobody is resumed",
                        "if not isClaimed(id, gatewayOf(task.worker)) then return {'refused'} end",
                        ""),
                mutant(
                        "whoever was there before resumes a task",
                        "if boundTask(worker, w) or w.since < task.startedAt then",
                        "if boundTask(worker, w) then"),
                mutant(
                        "a busy worker resumes a second task",
                        "if boundTask(worker, w) or w.since < task.startedAt then",
                        "if w.since < task.startedAt then"),
                mutant(
                        "a resumed task stays an orphan",
                        "call('HDEL', taskKey(id), 'orphanedAt')\ncall('ZADD'",
                        "call('ZADD'"),
                mutant("a broken link fails its task", "{closed = 'lost',", "{closed = 'lost', lost = 'lost',"),
                mutant("a worker at fault counts as lost", "faulty = 'fault'}", "faulty = 'lost'}"),
                mutant(
                        "another answer counts as sent again",
                        "task.status == status and call('HGET', taskKey(id), field) == value",
                        "task.status == status"),
                mutant(
                        Script.PROGRESS,
                        "anybody tells of a task's progress",
                        "task.worker ~= worker or task.token ~= token",
                        "false"),
                mutant("progress outlives its task", "'payload', 'progress', 'progressMessage')", "'payload')"),
                mutant("notAfter ignored", "if notAfter > 0 and now > notAfter then return {'late'} end", ""),
                mutant(
                        "unconditional claim",
                        "if not mine or left <= 0 then return {'refused'} end",
                        "if not v[1] then return {'refused'} end"),
                mutant(
                        "lease ignored when a worker is picked",
                        "or gateway and tonumber(call('ZSCORE', LEASES, gateway) or 0) >= now then",
                        "or gateway then"),
                mutant(
                        "nothing dispatched after a worker left",
                        "worker, 'PX', grace) end\ndispatch()",
                        "worker, 'PX', grace) end"),
                mutant("queued again at the end", "if otherSeq and otherSeq > seq then", "if false then"),
                mutant("a replayed answer hands out nothing", "if current and currentId ~= id and", "if false and"),
                mutant("an answer behind the cancel counts", "(overran and 0 or 1500)", "1500"),
                mutant("an answer that waited for Redis does not count", "(overran and 0 or 1500)", "0"),
                mutant(
                        "an answer counts twice",
                        "if executing and own and not overdue then",
                        "if own and not overdue then"),
                mutant(
                        "a late gateway is given up at once",
                        "if at > 0 and now - at > 5000 then graceUntil = now + lease end",
                        ""),
                mutant(
                        "anybody may bring an answer back",
                        "w.since < task.startedAt then return 'stale'",
                        "false then return 'stale'"),
                mutant(
                        "an answer is taken from a gateway that lives",
                        "if lease < now then return 'recorded' end",
                        "if true then return 'recorded' end"),
                mutant(
                        "what left still weighs",
                        "    if head ~= id then noteGap() end\n    weighOut(sizeOf(id))\n",
                        "    if head ~= id then noteGap() end\n"),
                mutant("what is taken still weighs", "    weighOut(whole and #(v[4] or '') or sizeOf(id))\n", ""),
                mutant("a gap nobody notes", "if head ~= id then noteGap() end", ""),
                mutant("what comes back leaves no gap", "sizeOf(id))\n  noteGap()\n", "sizeOf(id))\n"),
                mutant("the queue's bytes have no bound", "bytes > tonumber(maxQueueBytes)", "false"),
                mutant(
                        "nobody is waited for",
                        "call('EXISTS', WORKERS, RETURNING) == 0",
                        "call('EXISTS', WORKERS) == 0"),
                mutant(
                        "only one of those who watch is told",
                        "for gateway in string.gmatch(task.watchers, '%S+') do",
                        "for gateway in string.gmatch(string.match(task.watchers, '%S+'), '%S+') do"),
                mutant(
                        "who records an answer is told of it",
                        "if endedBy ~= 'answer' or gateway ~= caller then hint",
                        "if true then hint"),
                mutant(
                        "who records any end is not told of it",
                        "if endedBy ~= 'answer' or gateway ~= caller then hint",
                        "if gateway ~= caller then hint"),
                mutant("who watches replaces the others", "noted == '' and caller or noted .. ' ' .. caller", "caller"),
                mutant(
                        "who watches twice is told twice",
                        "if not string.find(' ' .. noted .. ' ', ' ' .. caller .. ' ', 1, true) then",
                        "if true then"),
                mutant("what has ended is watched", "if not seen[1] or seen[2] then return end", ""),
                mutant(
                        "no watch when memory is full",
                        "    allow_writes_when_oom()\n    call('HSET', taskKey(id), field",
                        "    call('HSET', taskKey(id), field"),
                mutant(
                        Script.CHUNK,
                        "anybody's chunks are kept",
                        "if task.status ~= 'executing' or task.worker ~= worker or task.token ~= token then return"
                                + " {'stale'} end",
                        "if task.status ~= 'executing' then return {'stale'} end"),
                mutant("who comes back counts from one", "if of ~= token then before = last end", ""),
                mutant(
                        "a gap at the end is not kept",
                        "ms(upTo) .. ' ' .. ms(largest)",
                        "ms(last) .. ' ' .. ms(largest)"),
                mutant("chunks outlive the result", "if task.chunks then call('PEXPIRE', chunksOf(id), ttl) end", ""),
                mutant("chunks never go", "if call('PTTL', key) == -1 then", "if false then"),
                mutant("large chunks are kept as many", "math.floor(keepBytes / largest)", "keep"),
                mutant("chunks are never cut off", "'MAXLEN', '~', kept, ", ""),
                mutant(
                        "a chunk sent twice takes back later ones",
                        "if of == token and upTo <= last then return {'stored', ms(first)} end",
                        ""),
                mutant(
                        "who stores chunks is told of them",
                        "if gateway ~= caller then hint(gateway, text) end",
                        "hint(gateway, text)"),
                mutant("chunks known are told again", "ms(known + 1)", "ms(known)"),
                mutant("what is kept beside a task outlives its end", "  call('PEXPIRE', aboutKey(id), ttl)\n", ""),
                mutant(
                        "what is kept beside a task has its own life",
                        "call('PEXPIRE', key, life)",
                        "call('PEXPIRE', key, 86400000)"),
                mutant("what is taken back leaves its request", "taskKey(id), aboutKey(id))", "taskKey(id))"),
                mutant("a task has no owner", "if owner ~= '' then call('HSET', key, 'owner', owner) end", ""),
                mutant(Script.LOOK, "anybody looks", "if not mayHave(id, owners) then return {'unknown'} end", ""),
                mutant(Script.WATCH, "anybody watches", "if not mayHave(id, owners) then return {'unknown'} end", ""),
                mutant(Script.FOLLOW, "anybody follows", "if not mayHave(id, owners) then return {'unknown'} end", ""),
                mutant(Script.CANCEL, "anybody cancels", "if not mayHave(id, owners) then return {'unknown'} end", ""),
                mutant("a part of a tag is enough", "' ' .. owner .. ' ', 1, true)", "owner, 1, true)"),
                mutant(
                        "what belongs to nobody is for everybody",
                        "return owner and string.find",
                        "return not owner or string.find"),
                mutant(
                        "what cannot end in time is queued",
                        "local late = lateBy(model, timeout, waiting, queueTimeout or timeout)",
                        "local late = 0"),
                mutant("a task waits however long", "local startBy = not worker and", "local startBy = false and"),
                mutant(
                        "a task that runs has the time of one that waits",
                        "if v[7] then call('ZADD', DEADLINES, v[2], id) end",
                        ""),
                mutant(
                        "what comes back waits for its timeout",
                        "if task.startBy then call('ZADD', DEADLINES, task.startBy, id) end",
                        ""),
                mutant("a hand-out asks for the deadline only", "now >= tonumber(v[7] or deadline)", "now >= deadline"),
                mutant("nobody is too impatient", "wait - patience, ", ""),
                mutant("two runs are a history", "count < 3 or", "count < 2 or"),
                mutant("one worker is as good as three", "* deviation) / slots", "* deviation)"),
                mutant(
                        "a refusal leaves no mark",
                        "      press()\n      return {'not-in-time'",
                        "      return {'not-in-time'"),
                mutant(
                        "a task is handed out however late",
                        "and not overdue and not late then",
                        "and not overdue then"),
                mutant("time is always short", "local pressed = now", "local pressed = true or now"),
                mutant("a hand-out ends tasks that nobody is told of", "noteUnsaid(id)\n      if late", "if late"),
                mutant(
                        "a task is claimed however late",
                        "if isClaimed(id, caller) or not isTooLate",
                        "if true or not isTooLate"),
                mutant("what was sent is claimed too late", "if isClaimed(id, caller) or not", "if not"),
                mutant("what a worker gave up counts as an answer", "run = math.min(2 * run, 4 * mean + 1000)", ""),
                mutant(
                        "what a worker gave up counts for nothing",
                        "noteRun(last.model, now - last.startedAt, true)",
                        ""),
                mutant(
                        "what a worker gave up counts twice",
                        "if w.task ~= '' and not isIdle(worker) then",
                        "if w.task ~= '' then"),
                mutant("a cancelled task counts as a run", "if last.endedBy == 'deadline' and", "if"),
                mutant(
                        "a late answer counts for nothing",
                        "if own and late and not isIdle(worker) then",
                        "if false then"),
                mutant(
                        "a late answer counts twice",
                        "if own and late and not isIdle(worker) then",
                        "if own and late then"),
                mutant("an answer counts for nothing", "if not task.orphanedAt then noteRun", "if false then noteRun"),
                mutant(
                        "all models run alike",
                        "local field = model ~= '' and paceOf(model) or '*'",
                        "local field = '*'"),
                mutant("run times of models have no bound", "(v[2] or call('HLEN', PACE) <= MODELS)", "true"),
                mutant(
                        "run times stay for ever",
                        "call('PEXPIRE', PACE, ms(math.min(86400000, math.max(600000, 20 * run))))",
                        ""),
                mutant("old runs count for ever", "count = math.min(count + 1, 16)", "count = count + 1"),
                mutant("no safety expiry", "call('PEXPIRE', key, ms(timeout + ttl + 600000))", ""),
                mutant(
                        "answers refused when memory is full",
                        "local function allow_writes_when_oom() call('HDEL', META, 'none') end",
                        "local function allow_writes_when_oom() end"));
    }

    /** In every script that has this rule. */
    private static Arguments mutant(String name, String rule, String broken) {
        return Arguments.of(name, rule, broken, List.of(Script.values()));
    }

    /** In one script, where others have the same words. */
    private static Arguments mutant(Script script, String name, String rule, String broken) {
        return Arguments.of(name, rule, broken, List.of(script));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mutants")
    void isNoticed(String name, String rule, String broken, List<Script> scripts) {
        Map<Script, String> mutated = new EnumMap<>(Script.class);
        for (Script script : scripts) {
            String body = new String(script.body(), UTF_8);
            if (body.contains(rule)) {
                mutated.put(script, body.replace(rule, broken));
            }
        }
        assertThat(mutated).as("the rule stands in some script").isNotEmpty();
        assertThat(noticed(mutated)).as(name).isTrue();
    }

    private static boolean noticed(Map<Script, String> mutated) {
        try {
            for (ScriptScenarios.Scenario scenario : ScriptScenarios.ALL) {
                try (ScriptRunner run = new ScriptRunner(mutated)) {
                    scenario.play(run);
                }
            }
            for (long seed = 0; seed < SEEDS; seed++) {
                try (ScriptRunner run = new ScriptRunner(mutated)) {
                    new ScriptModel(seed, run).play(500);
                }
            }
            return false;
        } catch (AssertionError | RuntimeException noticed) {
            return true;
        }
    }
}
