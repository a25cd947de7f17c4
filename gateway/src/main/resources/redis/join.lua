-- Registers a worker that connected, or one that Redis forgot or gave up while its socket stayed open.
-- ARGV[5] worker   [6] epoch: how often this socket was registered anew   [7] lease of the gateway in ms
-- ARGV[8] task it works on, '' = none   [9] token of that assignment
-- Returns
--   {'joined'}  registered; not idle before it is ready. With a task: busy with it, and the task is its own again
--   {'known'}   it was registered already; nothing changed but the epoch
--   {'gone'}    this epoch has left; a late call
--   {'late'}    ran after notAfter
-- Changes: worker, workers, workers:<gateway>, leases; the task's orphan mark and deadline.
-- Called by: Slot.
--@include call
--@include tasks
--@include workers
allow_writes_when_oom()
local worker, epoch = ARGV[5], tonumber(ARGV[6])
local w = readWorker(worker)
if w.gone and epoch <= w.epoch then return {'gone'} end
if w.lives then
  if epoch > w.epoch then call('HSET', workerKey(worker), 'epoch', epoch) end
  return {'known'}
end
local key = workerKey(worker)
call('HSET', key, 'gateway', caller, 'epoch', epoch, 'since', stamp)
call('HDEL', key, 'gone')
call('PERSIST', key)
call('SADD', WORKERS, worker)
call('SADD', workersOf(caller), worker)
call('ZADD', LEASES, 'NX', ms(now + tonumber(ARGV[7])), caller)
if ARGV[8] ~= '' then
  call('HSET', key, 'task', ARGV[8] .. ' ' .. ARGV[9])
  local task = readTask(ARGV[8])
  if task.status == 'executing' and task.worker == worker and task.token == ARGV[9] then
    call('HDEL', taskKey(ARGV[8]), 'orphanedAt')
    call('ZADD', DEADLINES, ms(task.deadline), ARGV[8])
  end
end
return {'joined'}
