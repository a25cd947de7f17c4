-- Gives tasks to workers, and takes them back.

-- Gives a task that left the queue to a worker: its next assignment. said: see occupy.
local function bind(id, token, worker, gateway, said)
  call('HSET', taskKey(id), 'status', 'executing', 'worker', worker, 'startedAt', stamp, 'token', token)
  occupy(worker, gateway, id, token, said)
end

-- Puts a task back to its old place in the queue, because nobody sent its assignment.
local function unbind(id, task, gateway)
  call('ZREM', unclaimedOf(gateway), id)
  call('HDEL', taskKey(id), 'worker', 'startedAt')
  call('HSET', taskKey(id), 'status', 'queued')
  if task.startBy then call('ZADD', DEADLINES, task.startBy, id) end
  requeue(id, task.seq)
end

-- An executing task is about to end without an answer. If nobody sent it to the worker, the worker is free. Otherwise the worker
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

-- Ends a task that is overdue, or whose worker did not come back after its gateway was lost.
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

-- Notes a task that ended while tasks were handed out: the next sweep reports it. The list has a bound, in case no gateway sweeps.
local function noteUnsaid(id)
  call('RPUSH', UNSAID, id)
  call('LTRIM', UNSAID, -4096, -1)
  call('PEXPIRE', UNSAID, 60000)
end

-- Takes the oldest task that can still end in time out of the queue, and ends those before it that cannot. Returns its id, the
-- token of its next assignment, its deadline, and its payload if `whole`; nil when no such task waits.
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

-- The reply that gives the caller an assignment: {word, id, token, left, payload}; left: ms until the deadline.
local function assignment(word, id, token, deadline, payload)
  return {word, id, token, ms(math.max(0, deadline - now)), payload}
end

-- The same reply for a task that is executing.
local function readAssignment(word, id, token)
  local v = call('HMGET', taskKey(id), 'deadline', 'payload')
  return assignment(word, id, token, tonumber(v[1] or now), v[2] or '')
end

-- Gives a free worker of the caller the next task and returns an assignment that begins with `word`. Without a task it makes the
-- worker idle and returns {otherwise}.
local function serve(worker, word, otherwise)
  local id, token, deadline, payload = takeNext(true)
  if id then
    bind(id, token, worker, caller, true)
    return assignment(word, id, token, deadline, payload)
  end
  makeIdle(worker)
  return {otherwise}
end

-- Gives waiting tasks to idle workers until one of both runs out. The caller learns of its own assignments like every gateway.
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
