-- Workers and what they are bound to. A worker is idle when it stands in `idle`. `task` of its hash is its last
-- assignment, '<id> <token>'; whether it still works on that is said by the task.

local function readWorker(worker)
  local v = call('HMGET', workerKey(worker), 'gateway', 'task', 'epoch', 'since', 'gone')
  return {
    gateway = v[1] or nil, task = v[2] or '', epoch = tonumber(v[3] or 0), since = tonumber(v[4] or 0), gone = v[5],
    lives = v[1] and not v[5],
  }
end

-- The task the worker is bound to, and its id; nil when its last assignment has ended or is another's by now.
local function boundTask(worker, w)
  local id, token = string.match(w.task, '^(%S+) (%S+)$')
  if not id then return nil end
  local task = readTask(id)
  if task.status == 'executing' and task.worker == worker and task.token == token then return task, id end
end

-- Whether an executing task may have been sent: its gateway has claimed it.
local function isClaimed(id, gateway) return not call('ZSCORE', unclaimedOf(gateway), id) end

local function gatewayOf(worker) return call('HGET', workerKey(worker), 'gateway') or '' end

local function isIdle(worker) return call('ZSCORE', IDLE, worker) end

local function makeIdle(worker) call('ZADD', IDLE, 'NX', stamp, worker) end

-- Out of everything that names the workers there are.
local function forgetWorker(worker, gateway)
  call('ZREM', IDLE, worker)
  call('SREM', WORKERS, worker)
  call('SREM', workersOf(gateway), worker)
end
