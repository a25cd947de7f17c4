-- Removes a task whose submitter got no reply in time and told its client that the task was not accepted.
-- ARGV[5]  id
-- Returns
--   {'withdrawn'}  the task has not run and never will; nothing of it is left
--   {'running'}    too late: another gateway may have sent the task to its worker
--   {'shared'}     another request submitted the task too, and may wait for it
--   {'unknown'}    there is no such task
-- Changes: removes the task; frees the worker that had it.
-- Called by: SubmitCalls, when the time for a submit is over; RedisHealth, to check that Redis runs scripts.
--@include call
--@include tasks
--@include seq
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
local id = ARGV[5]
allow_writes_when_oom()
local task = readTask(id)
if not task.status then return {'unknown'} end
if call('HGET', taskKey(id), 'shared') then return {'shared'} end
if task.endedBy == 'answer' then return {'running'} end
if task.status == 'queued' then unqueue(id, task.seq) end
if task.status == 'executing' then
  local w = readWorker(task.worker)
  if w.gateway ~= caller and isClaimed(id, w.gateway or '') then return {'running'} end
  call('ZREM', unclaimedOf(w.gateway), id)
  if w.lives and w.task == id .. ' ' .. task.token then makeIdle(task.worker) end
end
call('ZREM', DEADLINES, id)
call('DEL', taskKey(id), aboutKey(id))
dispatch()
return {'withdrawn'}
