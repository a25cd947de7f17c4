-- Brings tasks and workers together, and apart.

-- Binds a task that left the queue to a worker; said: see occupy.
local function bind(id, worker, gateway, said)
  local key = taskKey(id)
  local token = call('HINCRBY', key, 'token', 1)
  call('HSET', key, 'status', 'executing', 'worker', worker, 'startedAt', stamp)
  occupy(worker, gateway, id, token, said)
  return token
end

-- An assignment that was never sent: back to its old place.
local function unbind(id, task, gateway)
  call('ZREM', unclaimedOf(gateway), id)
  call('HDEL', taskKey(id), 'worker', 'startedAt')
  call('HSET', taskKey(id), 'status', 'queued')
  requeue(id, task.seq)
end

-- An executing task is about to end without its worker: one that was never sent it is still free, one that was sent it
-- stays busy until it answers.
local function leave(id, task)
  local gateway = gatewayOf(task.worker)
  if not isClaimed(id, gateway) then
    call('ZREM', unclaimedOf(gateway), id)
    makeIdle(task.worker)
  end
end

-- Ends an overdue task, or one whose lost gateway nobody came back from.
local function expire(id, task)
  if task.status == 'queued' then
    unqueue(id, task.seq)
  else
    leave(id, task)
  end
  local lost = task.orphanedAt and now < task.deadline
  finish(id, task, 'failed', lost and 'Worker disconnected' or 'Task timeout', lost and 'lost' or 'deadline')
end

-- The oldest task that waits and is not overdue, taken out of the queue; nil when there is none.
local function takeNext()
  for _ = 1, 64 do
    local id = call('LINDEX', QUEUE, 0)
    if not id then return nil end
    local task = readTask(id)
    if task.status == 'queued' and now < task.deadline then
      popHead(id)
      return id
    end
    if task.status == 'queued' then expire(id, task) else popHead(id) end
  end
end

-- An assignment as its gateway needs it, appended to a reply: id, token, ms until the deadline, payload.
local function appendAssignment(reply, id, token)
  local v = call('HMGET', taskKey(id), 'deadline', 'payload')
  reply[#reply + 1] = id
  reply[#reply + 1] = tostring(token)
  reply[#reply + 1] = ms(math.max(0, tonumber(v[1] or stamp) - now))
  reply[#reply + 1] = v[2] or ''
  return reply
end

-- Gives a free worker of the caller the next task, as a reply that begins with `word`, or makes it idle: then `otherwise`.
local function serve(worker, word, otherwise)
  local id = takeNext()
  if id then return appendAssignment({word}, id, bind(id, worker, caller, true)) end
  makeIdle(worker)
  return {otherwise}
end

-- Gives the waiting tasks to the idle workers, as far as both last; those of the caller are told like all others.
local function dispatch()
  for _ = 1, 64 do
    if call('EXISTS', QUEUE) == 0 then return end
    local worker, gateway = pickWorker()
    if not worker then return end
    local id = takeNext()
    if not id then return end
    bind(id, worker, gateway, false)
  end
end
