-- Takes back a task whose submitter was told that it was not accepted, because it could not learn the answer in time.
-- ARGV[5] id
-- Returns
--   {'withdrawn'}  it has not run and never will; nothing of it is left
--   {'running'}    too late: another gateway may have sent it to its worker
--   {'shared'}     others submitted it, too, and may wait for it
--   {'unknown'}    there is none
-- Changes: removes the task; frees the worker it was meant for.
-- Called by: Dispatcher, after the time of a submit is over.
--@include call
--@include tasks
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
allow_writes_when_oom()
local id = ARGV[5]
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
call('DEL', taskKey(id), base .. 'board:about:' .. id)
dispatch()
return {'withdrawn'}
