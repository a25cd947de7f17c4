-- A worker left. What it may have begun is failed at once (reason) or, when it may come back (orphan = true),
-- waits graceMs for it to come back; what it was never sent goes back to the queue: what nobody claimed, and what is not
-- `sent`, '<id> <token>' of the last assignment its gateway wrote to the socket (nil = unknown: all that was claimed).
-- The hash stays two minutes as a tombstone, so that a late call cannot bring the worker back.
local function dropWorker(worker, reason, orphan, graceMs, sent)
  local w = readWorker(worker)
  if not w.lives then return false end
  local task, id = boundTask(worker, w)
  call('HSET', workerKey(worker), 'gone', stamp)
  call('HDEL', workerKey(worker), 'task')
  call('PEXPIRE', workerKey(worker), 120000)
  call('ZREM', IDLE, worker)
  call('SREM', WORKERS, worker)
  call('SREM', workersOf(w.gateway), worker)
  if not task then return true end
  if not isClaimed(id, w.gateway) or sent and sent ~= w.task then
    unbind(id, task, w.gateway)
  elseif orphan then
    call('HSET', taskKey(id), 'orphanedAt', stamp)
    call('ZADD', DEADLINES, ms(math.min(task.deadline, now + graceMs)), id)
  else
    finish(id, task, 'failed', reason, 'lost')
  end
  return true
end
