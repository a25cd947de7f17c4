-- A worker has a free slot: it takes the oldest waiting task, or becomes idle. A gateway also calls this for a worker that it
-- believes idle, to repair what a lost reply left behind.
-- ARGV[5]  worker
-- Returns
--   {'idle'}
--   {'task', id, token, left, payload}  claimed for the caller, which must send it unless it sent this assignment before. left: ms
--                                       until the deadline
--   {'busy'}     the worker has a task that the caller has yet to claim
--   {'unknown'}  the worker never joined, or Redis lost it: the caller must join it first
--   {'gone'}     the worker has left
--   {'late'}     ran after notAfter
-- Changes: worker, idle; pace; queue and the task that it takes.
-- Called by: SlotCalls.
--@include call
--@include tasks
--@include seq
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
local worker = ARGV[5]
allow_writes_when_oom()
local w = readWorker(worker)
if w.gone then return {'gone'} end
if not w.gateway then return {'unknown'} end
local task, id = boundTask(worker, w)
if not task then
  -- The worker is free without an answer: the task that it gave up at the deadline would have run longer.
  if w.task ~= '' and not isIdle(worker) then
    local last = readTask(string.match(w.task, '^%S+'))
    if last.endedBy == 'deadline' and last.worker == worker then noteRun(last.model, now - last.startedAt, true) end
  end
  return serve(worker, 'task', 'idle')
end
if isClaimed(id, w.gateway) then return readAssignment('task', id, task.token) end
return {'busy'}
