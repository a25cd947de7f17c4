-- Workers and their assignments. A worker is idle when `idle` contains it. The field `task` of a worker is its last assignment,
-- '<id> <token>'. The hash of that task says whether the worker still works on it.

local function readWorker(worker)
  local v = call('HMGET', workerKey(worker), 'gateway', 'task', 'epoch', 'since', 'gone')
  return {
    gateway = v[1] or nil, task = v[2] or '', epoch = tonumber(v[3] or 0), since = tonumber(v[4] or 0), gone = v[5],
    lives = v[1] and not v[5],
  }
end

-- The task that the worker works on, and its id; nil when its last assignment has ended or belongs to another worker by now.
local function boundTask(worker, w)
  local id, token = string.match(w.task, '^(%S+) (%S+)$')
  if not id then return nil end
  local task = readTask(id)
  if task.status == 'executing' and task.worker == worker and task.token == token then return task, id end
end

-- Whether the worker's gateway has claimed an executing task. A claimed task may have been sent to the worker.
local function isClaimed(id, gateway) return not call('ZSCORE', unclaimedOf(gateway), id) end

local function gatewayOf(worker) return call('HGET', workerKey(worker), 'gateway') or '' end

local function isIdle(worker) return call('ZSCORE', IDLE, worker) end

local function makeIdle(worker) call('ZADD', IDLE, 'NX', stamp, worker) end

-- Removes a worker from all sets of workers.
local function forgetWorker(worker, gateway)
  call('ZREM', IDLE, worker)
  call('SREM', WORKERS, worker)
  call('SREM', workersOf(gateway), worker)
end
