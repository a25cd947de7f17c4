-- A worker that connected again has a task it was given on a connection before: makes that task its own.
-- ARGV[5] worker, joined and free   [6] id
-- Returns
--   {'resumed', token, ms to deadline}  it is; whoever had it before has it no more
--   {'refused'}  the task has ended, waits, was never sent to anybody, or is younger than the connection
--   {'late'}     ran after notAfter
-- Changes: task: worker, token, the orphan mark; its deadline; worker.
-- Called by: Slot, before it is ready, until it is answered.
--@include call
--@include tasks
--@include workers
allow_writes_when_oom()
local worker, id = ARGV[5], ARGV[6]
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
