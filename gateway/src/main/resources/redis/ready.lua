-- A worker has a free slot: takes the oldest waiting task, or becomes idle. Also asked for a worker that its gateway
-- believes idle, to mend what a lost reply left behind.
-- ARGV[5] worker
-- Returns
--   {'idle'}
--   {'task', id, token, ms to deadline, payload}  claimed for the caller: send it unless this assignment was sent before
--   {'busy'}     bound to a task that the caller has yet to claim
--   {'unknown'}  never joined, or forgotten: join first
--   {'gone'}     has left
--   {'late'}     ran after notAfter
-- Changes: worker, idle; pace; queue and the task it takes.
-- Called by: Slot.
--@include call
--@include tasks
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
allow_writes_when_oom()
local worker = ARGV[5]
local w = readWorker(worker)
if w.gone then return {'gone'} end
if not w.gateway then return {'unknown'} end
local task, id = boundTask(worker, w)
if not task then
  -- Free again without an answer: the task it gave up at the deadline would have run longer.
  if w.task ~= '' and not isIdle(worker) then
    local last = readTask(string.match(w.task, '^%S+'))
    if last.endedBy == 'deadline' and last.worker == worker then noteRun(last.model, now - last.startedAt, true) end
  end
  return serve(worker, 'task', 'idle')
end
if isClaimed(id, w.gateway) then return readAssignment('task', id, task.token) end
return {'busy'}
