-- Workers: who is free, who is bound, who is gone.

-- The longest idle worker whose gateway's lease runs, and that gateway; nil when there is none.
local function pickWorker()
  for _ = 1, 32 do
    local worker = call('ZRANGE', IDLE, 0, 0)[1]
    if not worker then return nil end
    local v = call('HMGET', workerKey(worker), 'state', 'gateway')
    local lease = v[2] and tonumber(call('ZSCORE', LEASES, v[2]) or 0)
    if v[1] == 'idle' and lease >= now then return worker, v[2] end
    call('ZREM', IDLE, worker)
  end
end

local function readWorker(worker)
  local v = call('HMGET', workerKey(worker), 'state', 'gateway', 'task', 'token', 'epoch', 'since', 'previous')
  return {
    state = v[1] or nil, gateway = v[2] or nil, task = v[3] or nil, token = v[4] or nil,
    epoch = tonumber(v[5] or 0), since = tonumber(v[6] or 0), previous = v[7] or nil,
  }
end

-- Whether the worker is bound to this very assignment and it has not ended.
local function isBound(worker, w, task)
  return w.state == 'busy' and task.status == 'executing' and task.worker == worker and task.token == w.token
end

local function makeIdle(worker)
  call('HSET', workerKey(worker), 'state', 'idle')
  call('HDEL', workerKey(worker), 'task', 'token')
  call('ZADD', IDLE, 'NX', now, worker)
end

-- An assignment as its gateway needs it, appended to a reply: id, token, ms until the deadline, payload.
local function appendAssignment(reply, id, token)
  local v = call('HMGET', taskKey(id), 'deadline', 'payload')
  reply[#reply + 1] = id
  reply[#reply + 1] = tostring(token)
  reply[#reply + 1] = tostring(math.max(0, tonumber(v[1] or now) - now))
  reply[#reply + 1] = v[2] or ''
  return reply
end

-- Gives the waiting tasks to the idle workers, as far as both last.
local function dispatch()
  for _ = 1, 64 do
    if call('LLEN', QUEUE) == 0 then return end
    local worker, gateway = pickWorker()
    if not worker then return end
    local id = takeNext()
    if not id then return end
    bind(id, worker, gateway)
  end
end

-- A worker left. What it may have begun is failed at once (reason) or, when only its gateway left (orphan = true),
-- waits graceMs for it to come back; what it was never sent goes back to the queue: what nobody claimed, and what is not
-- `sent`, '<id> <token>' of the last assignment its gateway wrote to the socket (nil = unknown: all that was claimed).
-- The hash stays two minutes as a tombstone, so that a late call cannot bring the worker back.
local function dropWorker(worker, reason, orphan, graceMs, sent)
  local w = readWorker(worker)
  if not w.state or w.state == 'gone' then return false end
  call('HSET', workerKey(worker), 'state', 'gone')
  call('HDEL', workerKey(worker), 'task', 'token', 'previous')
  call('PEXPIRE', workerKey(worker), 120000)
  call('ZREM', IDLE, worker)
  call('SREM', WORKERS, worker)
  call('SREM', workersOf(w.gateway), worker)
  if w.task then
    local task = readTask(w.task)
    if isBound(worker, w, task) then
      if task.claimed ~= '1' or sent and sent ~= w.task .. ' ' .. w.token then
        unbind(w.task, task)
      elseif orphan then
        call('HSET', taskKey(w.task), 'orphanedAt', now)
        call('ZADD', DEADLINES, math.min(task.deadline, now + graceMs), w.task)
      else
        finish(w.task, task, 'failed', reason, 'lost')
      end
    end
  end
  return true
end
