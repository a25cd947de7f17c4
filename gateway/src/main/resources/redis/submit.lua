-- Accepts a task and gives it to a free worker, or queues it.
-- ARGV[5] id   [6] payload, JSON   [7] timeout in ms   [8] 1 = the caller holds a request for it, 0 = its client is about to
-- follow it, '' = its client does not wait for it: it goes on whoever leaves
-- ARGV[9] how many tasks of the group may wait   [10] how many bytes of payload they may have together; one always may
-- ARGV[11] note: what its reader wants to know of it later, opaque; '' = nothing
-- ARGV[12] 1 = others may submit this id, too: whoever submitted it alone no longer takes it back; '' = one of its own
-- ARGV[13] tag of the owner; '' = nobody's
-- ARGV[14] model of the task, by which its run time is known; '' = of none
-- ARGV[15] how long it may wait for a worker, in ms; '' = as long as its timeout
-- Returns one of
--   {'assigned', worker, token, enqueuedAt}   executing on a worker of the caller, claimed: send it
--   {'remote', enqueuedAt}                    executing on a worker of another gateway, which was told
--   {'queued', enqueuedAt}
--   {'exists', status, worker, token, enqueuedAt}  a replay: accepted before; worker and token as far as the caller has it claimed
--   {'no-worker'}  no worker of the group is connected anywhere, nor on its way from a gateway that stops; nothing stored
--   {'full'}       the queue is; nothing stored
--   {'not-in-time', ms}  others wait, and at their pace no worker can end the task before its deadline; about so much later one
--                 could. Nothing of the task is stored
--   {'late'}       ran after notAfter; nothing stored
-- Changes: task, deadlines; queue or idle, worker, unclaimed; meta; of a task not in time: pace.
-- Called by: Dispatcher, for each accepted request.
--@include call
--@include pick
--@include pace
local id, payload, timeout = ARGV[5], ARGV[6], tonumber(ARGV[7])
local key = taskKey(id)
local worker, gateway
if call('EXISTS', key, QUEUE) == 0 then
  worker, gateway = pickWorker()
elseif call('EXISTS', key) == 1 then
  local v = call('HMGET', key, 'status', 'worker', 'token', 'enqueuedAt')
  if ARGV[12] == '1' then
    allow_writes_when_oom()
    call('HSET', key, 'shared', '1')
    call('HDEL', key, 'abandonedAt')
  end
  local executing = v[1] == 'executing' and call('HGET', workerKey(v[2]), 'gateway') == caller
  if executing and not call('ZSCORE', unclaimedOf(caller), id) then return {'exists', v[1], v[2], v[3], v[4]} end
  return {'exists', v[1], '', '', v[4]}
end
if not worker then
  if call('EXISTS', WORKERS, RETURNING) == 0 then return {'no-worker'} end
  local waiting = call('LLEN', QUEUE)
  if waiting > 0 then
    local bytes = tonumber(call('HGET', META, 'bytes') or 0) + #payload
    if waiting >= tonumber(ARGV[9]) or bytes > tonumber(ARGV[10]) then return {'full'} end
    local late = lateBy(ARGV[14], timeout, waiting, tonumber(ARGV[15]) or timeout)
    if late > 0 then
      allow_writes_when_oom()
      press()
      return {'not-in-time', ms(late)}
    end
  end
end

-- The first write is one that Redis refuses when it is out of memory: then nothing at all is stored.
local seq = call('HINCRBY', META, 'seq', 1)
local deadline, watchers = ms(now + timeout), ARGV[8] == '1' and caller or ''
if worker then
  call('HSET', key, 'status', 'executing', 'payload', payload, 'enqueuedAt', stamp, 'deadline', deadline, 'seq', seq,
    'watchers', watchers, 'startedAt', stamp, 'worker', worker, 'token', '1')
else
  call('HSET', key, 'status', 'queued', 'payload', payload, 'enqueuedAt', stamp, 'deadline', deadline, 'seq', seq,
    'watchers', watchers)
end
if ARGV[11] ~= '' then call('HSET', key, 'note', ARGV[11]) end
if ARGV[13] ~= '' then call('HSET', key, 'owner', ARGV[13]) end
if ARGV[14] ~= '' then call('HSET', key, 'model', ARGV[14]) end
if ARGV[12] == '1' then call('HSET', key, 'shared', '1') end
if ARGV[8] == '' then call('HSET', key, 'background', '1') end
call('PEXPIRE', key, ms(timeout + ttl + 600000))
local startBy = not worker and ARGV[15] ~= '' and ms(now + tonumber(ARGV[15]))
if startBy then call('HSET', key, 'startBy', startBy) end
call('ZADD', DEADLINES, startBy or deadline, id)
if not worker then
  call('RPUSH', QUEUE, id)
  call('HINCRBY', META, 'bytes', #payload)
  return {'queued', stamp}
end
occupy(worker, gateway, id, '1', gateway == caller)
if gateway == caller then return {'assigned', worker, '1', stamp} end
return {'remote', stamp}
