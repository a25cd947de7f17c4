-- A worker that connected again names a task of an earlier connection: assigns that task to it.
-- ARGV[5]  worker: joined and free
-- ARGV[6]  id
-- Returns
--   {'resumed', token, left}  the task is the worker's now, and of no other. left: ms until the deadline
--   {'refused'}  the task has ended, waits, was never sent to a worker, or was handed out after the worker connected
--   {'late'}     ran after notAfter
-- Changes: worker, token and orphanedAt of the task; its deadline; worker.
-- Called by: SlotCalls, before ready, again until Redis answers.
--@include call
--@include tasks
--@include workers
local worker, id = ARGV[5], ARGV[6]
allow_writes_when_oom()
local w = readWorker(worker)
local task = readTask(id)
if not w.lives or task.status ~= 'executing' or now >= task.deadline then return {'refused'} end
local left = ms(task.deadline - now)
if task.worker == worker then
  if w.task == id .. ' ' .. task.token then return {'resumed', task.token, left} end
  return {'refused'}
end
if boundTask(worker, w) or w.since < task.startedAt then return {'refused'} end
if not isClaimed(id, gatewayOf(task.worker)) then return {'refused'} end
local token = tostring(call('HINCRBY', taskKey(id), 'token', 1))
call('HSET', taskKey(id), 'worker', worker)
call('HDEL', taskKey(id), 'orphanedAt')
call('ZADD', DEADLINES, ms(task.deadline), id)
call('HSET', workerKey(worker), 'task', id .. ' ' .. token)
call('ZREM', IDLE, worker)
return {'resumed', token, left}
