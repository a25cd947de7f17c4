-- A task's end and its binding to a worker.

-- Ends a task, once: the caller has checked that it has not ended. Frees the payload first, so that it also works when
-- Redis is out of memory. `task` holds status, seq, worker, gateway, claimed, origin.
-- endedBy: answer (its worker), deadline, lost (worker or gateway).
local function finish(id, task, status, value, endedBy)
  local key = taskKey(id)
  if task.status == 'queued' then unqueue(id, tonumber(task.seq)) end
  call('HDEL', key, 'payload', 'claimed')
  call('HSET', key, 'status', status, status == 'completed' and 'result' or 'error', value,
    'endedAt', now, 'endedBy', endedBy)
  call('PEXPIRE', key, ttl)
  call('ZREM', DEADLINES, id)
  if task.status == 'executing' and task.claimed ~= '1' then call('ZREM', unclaimedOf(task.gateway), id) end
  -- Who records an answer tells its own waiter itself; nobody else knows.
  local told = endedBy == 'answer' and task.origin == caller
  if task.origin and not told then hint(task.origin, 'done ' .. id) end
end

-- What the other functions want to know of a task; status is nil when there is none.
local function readTask(id)
  local v = call('HMGET', taskKey(id), 'status', 'seq', 'worker', 'gateway', 'token', 'claimed', 'origin',
    'deadline', 'startedAt', 'orphanedAt', 'endedBy')
  return {
    status = v[1] or nil, seq = v[2] or nil, worker = v[3] or nil, gateway = v[4] or nil, token = v[5] or nil,
    claimed = v[6] or nil, origin = v[7] or nil, deadline = tonumber(v[8] or 0), startedAt = tonumber(v[9] or 0),
    orphanedAt = v[10] or nil, endedBy = v[11] or nil,
  }
end

-- Ends an overdue task, or one whose lost gateway nobody came back from.
local function expire(id, task)
  local lost = task.orphanedAt and now < task.deadline
  finish(id, task, 'failed', lost and 'Worker disconnected' or 'Task timeout', lost and 'lost' or 'deadline')
end

-- Binds a task to a worker's free slot. `token` counts the assignments of a task and fences late answers. An assignment
-- to a worker of the calling gateway is claimed by its reply; any other must be claimed before it may be sent.
local function bind(id, worker, gateway)
  local key = taskKey(id)
  local token = call('HINCRBY', key, 'token', 1)
  call('ZREM', IDLE, worker)
  call('HSET', workerKey(worker), 'state', 'busy', 'task', id, 'token', token)
  if gateway == caller then
    call('HSET', key, 'status', 'executing', 'worker', worker, 'gateway', gateway, 'startedAt', now, 'claimed', '1')
  else
    call('HSET', key, 'status', 'executing', 'worker', worker, 'gateway', gateway, 'startedAt', now)
    call('ZADD', unclaimedOf(gateway), now, id)
    hint(gateway, 'assigned ' .. id .. ' ' .. worker .. ' ' .. token)
  end
  return token
end

-- An assignment that was never sent: back to its old place.
local function unbind(id, task)
  call('ZREM', unclaimedOf(task.gateway), id)
  call('HDEL', taskKey(id), 'worker', 'gateway', 'startedAt', 'claimed')
  call('HSET', taskKey(id), 'status', 'queued')
  requeue(id, tonumber(task.seq))
end

-- The oldest task that waits and is not overdue, taken out of the queue; nil when there is none.
local function takeNext()
  for _ = 1, 64 do
    local id = call('LINDEX', QUEUE, 0)
    if not id then return nil end
    local task = readTask(id)
    if task.status == 'queued' and now < task.deadline then
      popHead(id)
      return id, task
    end
    if task.status == 'queued' then expire(id, task) else popHead(id) end
  end
end
