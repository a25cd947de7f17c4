-- Accepts a task and gives it to a free worker, or queues it.
-- ARGV[5]   id
-- ARGV[6]   payload: JSON
-- ARGV[7]   timeout: in ms
-- ARGV[8]   client: '1' = the caller holds a request for the task; '0' = its client is about to follow it; '' = its client does not
--           wait, so the task goes on without a client
-- ARGV[9]   maxQueue: how many tasks of the group may wait
-- ARGV[10]  maxQueueBytes: how many bytes of payload they may have together; one task may always wait
-- ARGV[11]  note: text that look returns; '' = none
-- ARGV[12]  shared: '1' = other requests may submit this id too, so withdraw must not remove the task; '' = only this request does
-- ARGV[13]  owner: tag of the owner; '' = no owner
-- ARGV[14]  model: for the run times; '' = none
-- ARGV[15]  queueTimeout: how long the task may wait for a worker, in ms; '' = as long as its timeout
-- Returns
--   {'assigned', worker, token, enqueuedAt}  executing on a worker of the caller, claimed: the caller must send it
--   {'remote', enqueuedAt}       executing on a worker of another gateway, which got a hint
--   {'queued', enqueuedAt}
--   {'exists', status, worker, token, enqueuedAt}  a replay: the task was accepted before. worker and token are set only if the
--                                caller has claimed the assignment
--   {'no-worker'}                no gateway has a worker of the group, and no released worker is on its way back; nothing stored
--   {'full'}                     the queue is full; nothing stored
--   {'not-in-time', lateBy}      other tasks wait, and at their pace no worker can end this task before its deadline; it would be
--                                about lateBy ms too late. Nothing of the task is stored
--   {'late'}                     ran after notAfter; nothing stored
-- Changes: task, deadlines; queue or idle, worker, unclaimed; meta; for a task that is not in time: pace.
-- Called by: SubmitCalls, for each accepted request.
--@include call
--@include pick
--@include pace
local id, payload, timeout, client = ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8]
local maxQueue, maxQueueBytes, note, shared = ARGV[9], ARGV[10], ARGV[11], ARGV[12] == '1'
local owner, model, queueTimeout = ARGV[13], ARGV[14], tonumber(ARGV[15])
local key = taskKey(id)
local worker, gateway
if call('EXISTS', key, QUEUE) == 0 then
  worker, gateway = pickWorker()
elseif call('EXISTS', key) == 1 then
  local v = call('HMGET', key, 'status', 'worker', 'token', 'enqueuedAt')
  if shared then
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
    if waiting >= tonumber(maxQueue) or bytes > tonumber(maxQueueBytes) then return {'full'} end
    local late = lateBy(model, timeout, waiting, queueTimeout or timeout)
    if late > 0 then
      allow_writes_when_oom()
      press()
      return {'not-in-time', ms(late)}
    end
  end
end

-- Redis refuses this first write when it is out of memory: then nothing at all is stored.
local seq = call('HINCRBY', META, 'seq', 1)
local deadline, watchers = ms(now + timeout), client == '1' and caller or ''
if worker then
  call('HSET', key, 'status', 'executing', 'payload', payload, 'enqueuedAt', stamp, 'deadline', deadline, 'seq', seq,
    'watchers', watchers, 'startedAt', stamp, 'worker', worker, 'token', '1')
else
  call('HSET', key, 'status', 'queued', 'payload', payload, 'enqueuedAt', stamp, 'deadline', deadline, 'seq', seq,
    'watchers', watchers)
end
if note ~= '' then call('HSET', key, 'note', note) end
if owner ~= '' then call('HSET', key, 'owner', owner) end
if model ~= '' then call('HSET', key, 'model', model) end
if shared then call('HSET', key, 'shared', '1') end
if client == '' then call('HSET', key, 'background', '1') end
call('PEXPIRE', key, ms(timeout + ttl + 600000))
local startBy = not worker and queueTimeout and ms(now + queueTimeout)
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
