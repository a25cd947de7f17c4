-- The fields of a task that the other functions need. `status` is nil when there is no such task. `token` counts the assignments
-- of the task and keeps late answers out. `watchers` are the gateways that hold requests for the task, separated by spaces.
-- `chunks` is set when the worker sent some, see chunk. `startBy` is set when the task must leave the queue before its deadline;
-- `deadlines` holds that time while the task waits.
local function readTask(id)
  local v = call('HMGET', taskKey(id), 'status', 'worker', 'token', 'deadline', 'watchers', 'orphanedAt', 'endedBy',
    'seq', 'startedAt', 'chunks', 'model', 'enqueuedAt', 'startBy')
  return {
    status = v[1] or nil, worker = v[2] or nil, token = v[3] or nil, deadline = tonumber(v[4] or 0),
    watchers = v[5] or '', orphanedAt = v[6] or nil, endedBy = v[7] or nil, seq = tonumber(v[8] or 0),
    startedAt = tonumber(v[9] or 0), chunks = v[10] or nil, model = v[11] or '', enqueuedAt = tonumber(v[12] or 0), startBy = v[13] or nil,
  }
end

-- Ends a task. The caller has checked that the task has not ended, and has taken it out of the queue. The payload goes first:
-- that frees memory, so the later writes also work when Redis is out of memory. endedBy: answer (of the worker), deadline, lost
-- (worker or gateway), fault (of the worker), cancel (by the client). A small value goes along with the hint, which saves its
-- reader a call.
local function finish(id, task, status, value, endedBy)
  local key = taskKey(id)
  call('HDEL', key, 'payload', 'progress', 'progressMessage')
  call('HSET', key, 'status', status, status == 'completed' and 'result' or 'error', value,
    'endedAt', stamp, 'endedBy', endedBy)
  call('PEXPIRE', key, ttl)
  call('PEXPIRE', aboutKey(id), ttl)
  if task.chunks then call('PEXPIRE', chunksOf(id), ttl) end
  call('ZREM', DEADLINES, id)
  -- The gateway that records an answer tells its own waiters itself. It does not learn of any other end but by the hint.
  if task.watchers == '' or endedBy == 'answer' and task.watchers == caller then return end
  local small = #value <= 4096
  local text = 'done ' .. id .. (small and ' ' .. status .. ' ' .. endedBy .. ' ' .. value or '')
  for gateway in string.gmatch(task.watchers, '%S+') do
    if endedBy ~= 'answer' or gateway ~= caller then hint(gateway, text) end
  end
end
