-- Brings tasks and workers together, and apart.

-- Binds a task that left the queue to a worker: its next assignment. said: see occupy.
local function bind(id, token, worker, gateway, said)
  call('HSET', taskKey(id), 'status', 'executing', 'worker', worker, 'startedAt', stamp, 'token', token)
  occupy(worker, gateway, id, token, said)
end

-- An assignment that was never sent: back to its old place.
local function unbind(id, task, gateway)
  call('ZREM', unclaimedOf(gateway), id)
  call('HDEL', taskKey(id), 'worker', 'startedAt')
  call('HSET', taskKey(id), 'status', 'queued')
  if task.startBy then call('ZADD', DEADLINES, task.startBy, id) end
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

-- The error of a task whose time is over.
local function timeoutError(task)
  if task.status == 'queued' and task.startBy and now >= tonumber(task.startBy) and now < task.deadline then
    return 'Task timeout: no worker was free within queueTimeout'
  end
  return 'Task timeout'
end

-- Ends an overdue task, or one whose lost gateway nobody came back from.
local function expire(id, task)
  local timeout = timeoutError(task)
  if task.status == 'queued' then
    unqueue(id, task.seq)
  else
    leave(id, task)
  end
  local lost = task.orphanedAt and now < task.deadline
  finish(id, task, 'failed', lost and 'Worker disconnected' or timeout, lost and 'lost' or 'deadline')
end

-- A task that ends by a hand-out: the next sweep tells of it. A bound, for the case that nobody sweeps.
local function noteUnsaid(id)
  call('RPUSH', UNSAID, id)
  call('LTRIM', UNSAID, -4096, -1)
  call('PEXPIRE', UNSAID, 60000)
end

-- The oldest task that waits and can still end in time, taken out of the queue: its id, the token of its next assignment,
-- and, when asked for, its deadline and payload. nil when there is none. What cannot end in time any more ends here.
local function takeNext(whole)
  for _ = 1, 256 do
    local id = call('LPOP', QUEUE)
    if not id then return nil end
    local v = call('HMGET', taskKey(id), 'status', 'deadline', 'token', whole and 'payload' or 'status', 'enqueuedAt', 'model',
      'startBy')
    weighOut(whole and #(v[4] or '') or sizeOf(id))
    local deadline = tonumber(v[2] or 0)
    local overdue = now >= tonumber(v[7] or deadline)
    local late = v[1] == 'queued' and not overdue and isTooLate(v[6] or '', tonumber(v[5]), deadline)
    if v[1] == 'queued' and not overdue and not late then
      if v[7] then call('ZADD', DEADLINES, v[2], id) end
      return id, ms((v[3] or 0) + 1), deadline, v[4] or ''
    end
    if v[1] == 'queued' then
      local task = readTask(id)
      finish(id, task, 'failed', timeoutError(task), 'deadline')
      noteUnsaid(id)
      if late then press() end
    end
  end
end

-- A reply that tells the caller of an assignment: word, id, token, ms until the deadline, payload.
local function assignment(word, id, token, deadline, payload)
  return {word, id, token, ms(math.max(0, deadline - now)), payload}
end

-- The same of a task that is executing.
local function readAssignment(word, id, token)
  local v = call('HMGET', taskKey(id), 'deadline', 'payload')
  return assignment(word, id, token, tonumber(v[1] or now), v[2] or '')
end

-- Gives a free worker of the caller the next task, as a reply that begins with `word`, or makes it idle: then `otherwise`.
local function serve(worker, word, otherwise)
  local id, token, deadline, payload = takeNext(true)
  if id then
    bind(id, token, worker, caller, true)
    return assignment(word, id, token, deadline, payload)
  end
  makeIdle(worker)
  return {otherwise}
end

-- Gives the waiting tasks to the idle workers, as far as both last; those of the caller are told like all others.
local function dispatch()
  for _ = 1, 64 do
    if call('EXISTS', QUEUE) == 0 then return end
    local worker, gateway = pickWorker()
    if not worker then return end
    local id, token = takeNext()
    if not id then return end
    bind(id, token, worker, gateway, false)
  end
end
