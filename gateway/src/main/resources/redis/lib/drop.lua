-- A worker left. What it may have begun fails at once with this reason, ended by endedBy, or, when that is nil because the worker
-- may come back, waits graceMs for it; what it was never sent goes back to the queue: what nobody claimed, and what is not
-- `sent`, '<id> <token>' of the last assignment its gateway wrote to the socket (nil = unknown: all that was claimed).
-- The hash stays two minutes as a tombstone, so that a late call cannot bring the worker back.
local function dropWorker(worker, reason, endedBy, graceMs, sent)
  local w = readWorker(worker)
  if not w.lives then return false end
  local task, id = boundTask(worker, w)
  call('HSET', workerKey(worker), 'gone', stamp)
  call('HDEL', workerKey(worker), 'task')
  call('PEXPIRE', workerKey(worker), 120000)
  forgetWorker(worker, w.gateway)
  if not task then return true end
  if not isClaimed(id, w.gateway) or sent and sent ~= w.task then
    unbind(id, task, w.gateway)
  elseif endedBy then
    finish(id, task, 'failed', reason, endedBy)
  else
    call('HSET', taskKey(id), 'orphanedAt', stamp)
    call('ZADD', DEADLINES, ms(math.min(task.deadline, now + graceMs)), id)
  end
  return true
end
