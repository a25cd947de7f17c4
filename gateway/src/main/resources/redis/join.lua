-- Registers a worker that connected, or one that Redis lost, or that another gateway gave up, while its socket stayed open.
-- ARGV[5]  worker
-- ARGV[6]  epoch: how often the gateway has registered this socket
-- ARGV[7]  lease: of the gateway, in ms
-- ARGV[8]  id: of the task that the worker runs; '' = none
-- ARGV[9]  token: of that assignment
-- Returns
--   {'joined'}  registered. The worker is not idle before ready; a worker with a task has its task again
--   {'known'}   it was registered already; nothing changed but the epoch
--   {'gone'}    the worker left in this epoch or a later one: this call came too late
--   {'late'}    ran after notAfter
-- Changes: worker, workers, workers:<gateway>, leases; orphanedAt and the deadline of the task.
-- Called by: SlotCalls.
--@include call
--@include tasks
--@include workers
local worker, epoch, lease, id, token = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8], ARGV[9]
allow_writes_when_oom()
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
call('ZADD', LEASES, 'NX', ms(now + lease), caller)
if id ~= '' then
  call('HSET', key, 'task', id .. ' ' .. token)
  local task = readTask(id)
  if task.status == 'executing' and task.worker == worker and task.token == token then
    call('HDEL', taskKey(id), 'orphanedAt')
    call('ZADD', DEADLINES, ms(task.deadline), id)
  end
end
return {'joined'}
