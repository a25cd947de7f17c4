-- Accepts a task and gives it to a free worker, or queues it.
-- ARGV[5] id   [6] payload, JSON   [7] timeout in ms   [8] 1 = the caller holds a request for it, 0 = nobody waits
-- ARGV[9] how many tasks of the group may wait   [10] how many bytes of payload they may have together; one always may
-- Returns one of
--   {'assigned', worker, token}   executing on a worker of the caller, claimed: send it
--   {'remote'}                    executing on another gateway's worker, who was told
--   {'queued'}
--   {'exists', status, worker, token}  a replay: accepted before; worker and token as far as the caller has it claimed
--   {'no-worker'}  no worker of the group is connected anywhere; nothing stored
--   {'full'}       the queue is; nothing stored
--   {'late'}       ran after notAfter; nothing stored
-- Changes: task, deadlines; queue or idle, worker, unclaimed; meta.
-- Called by: Dispatcher, for each accepted request.
--@include call
--@include queue
--@include tasks
--@include workers
local id = ARGV[5]
local key = taskKey(id)
local known = readTask(id)
if known.status then
  if known.status == 'executing' and known.gateway == caller and known.claimed == '1' then
    return {'exists', known.status, known.worker, known.token}
  end
  return {'exists', known.status, '', ''}
end
if call('SCARD', WORKERS) == 0 then return {'no-worker'} end
local waiting = call('LLEN', QUEUE)
local worker, gateway
if waiting == 0 then worker, gateway = pickWorker() end
if not worker and waiting > 0 then
  local tooMany = waiting >= tonumber(ARGV[9])
  if tooMany or waitingBytes() + #ARGV[6] > tonumber(ARGV[10]) then return {'full'} end
end

local timeout = tonumber(ARGV[7])
local deadline = now + timeout
-- The first write is one that Redis refuses when it is out of memory: then nothing at all is stored.
call('HSET', key, 'status', 'queued', 'payload', ARGV[6], 'enqueuedAt', now, 'deadline', deadline)
call('PEXPIRE', key, timeout + ttl + 600000)
call('HSET', key, 'seq', call('HINCRBY', META, 'seq', 1))
if ARGV[8] == '1' then call('HSET', key, 'origin', caller) end
call('ZADD', DEADLINES, deadline, id)
if worker then
  local token = bind(id, worker, gateway)
  if gateway == caller then return {'assigned', worker, tostring(token)} end
  return {'remote'}
end
enqueue(id)
return {'queued'}
