-- Removes a worker that left. A task that nobody sent to it goes back to the queue. `sent` is '<id> <token>' of the last assignment
-- that its gateway wrote to the socket; nil = unknown, then every claimed task counts as sent. A task that was sent fails with
-- `reason` and `endedBy`. If endedBy is nil, the worker may come back, and the task waits graceMs for it.
-- The hash of the worker stays for two minutes as a tombstone, so that a late call cannot bring the worker back.
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
