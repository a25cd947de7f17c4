-- What the other functions want to know of a task; status is nil when there is none. `token` counts the assignments of
-- the task and fences late answers; `watchers` are the gateways that hold requests for it, separated by spaces; `chunks` is
-- there when its worker sent some, see chunk; `startBy` when it must leave the queue before its deadline, as `deadlines` says
-- while it waits.
local function readTask(id)
  local v = call('HMGET', taskKey(id), 'status', 'worker', 'token', 'deadline', 'watchers', 'orphanedAt', 'endedBy',
    'seq', 'startedAt', 'chunks', 'model', 'enqueuedAt', 'startBy')
  return {
    status = v[1] or nil, worker = v[2] or nil, token = v[3] or nil, deadline = tonumber(v[4] or 0),
    watchers = v[5] or '', orphanedAt = v[6] or nil, endedBy = v[7] or nil, seq = tonumber(v[8] or 0),
    startedAt = tonumber(v[9] or 0), chunks = v[10] or nil, model = v[11] or '', enqueuedAt = tonumber(v[12] or 0), startBy = v[13] or nil,
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
  call('PEXPIRE', base .. 'board:about:' .. id, ttl)
  if task.chunks then call('PEXPIRE', chunksOf(id), ttl) end
  call('ZREM', DEADLINES, id)
  -- Who records an answer tells its own waiters itself; nobody else knows.
  if task.watchers == '' or endedBy == 'answer' and task.watchers == caller then return end
  local small = #value <= 4096
  local text = 'done ' .. id .. (small and ' ' .. status .. ' ' .. endedBy .. ' ' .. value or '')
  for gateway in string.gmatch(task.watchers, '%S+') do
    if endedBy ~= 'answer' or gateway ~= caller then hint(gateway, text) end
  end
end
