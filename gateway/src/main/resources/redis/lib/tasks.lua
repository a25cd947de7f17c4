-- What the other functions want to know of a task; status is nil when there is none. `token` counts the assignments of
-- the task and fences late answers.
local function readTask(id)
  local v = call('HMGET', taskKey(id), 'status', 'worker', 'token', 'deadline', 'origin', 'orphanedAt', 'endedBy',
    'seq', 'startedAt')
  return {
    status = v[1] or nil, worker = v[2] or nil, token = v[3] or nil, deadline = tonumber(v[4] or 0),
    origin = v[5] or '', orphanedAt = v[6] or nil, endedBy = v[7] or nil, seq = tonumber(v[8] or 0),
    startedAt = tonumber(v[9] or 0),
  }
end

-- Ends a task, once: the caller has checked that it has not ended, and taken it out of the queue. Frees the payload
-- first, so that it also works when Redis is out of memory. endedBy: answer (its worker), deadline, lost (worker or
-- gateway), cancel (its client). Small values go along with the hint, so that its reader need not ask.
local function finish(id, task, status, value, endedBy)
  local key = taskKey(id)
  call('HDEL', key, 'payload', 'progress', 'progressMessage')
  call('HSET', key, 'status', status, status == 'completed' and 'result' or 'error', value,
    'endedAt', stamp, 'endedBy', endedBy)
  call('PEXPIRE', key, ttl)
  call('ZREM', DEADLINES, id)
  -- Who records an answer tells its own waiter itself; nobody else knows.
  if task.origin == '' or endedBy == 'answer' and task.origin == caller then return end
  local small = #value <= 4096
  hint(task.origin, 'done ' .. id .. (small and ' ' .. status .. ' ' .. endedBy .. ' ' .. value or ''))
end
