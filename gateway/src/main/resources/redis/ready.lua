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
-- Changes: worker, idle; queue and the task it takes.
-- Called by: WorkerSession.
--@include call
--@include queue
--@include tasks
--@include workers
relieve()
local worker = ARGV[5]
local w = readWorker(worker)
if not w.state then return {'unknown'} end
if w.state == 'gone' then return {'gone'} end
if w.state == 'busy' then
  local task = readTask(w.task)
  if isBound(worker, w, task) then
    if task.claimed == '1' then return appendAssignment({'task'}, w.task, w.token) end
    return {'busy'}
  end
end
makeIdle(worker)
local id = takeNext()
if not id then return {'idle'} end
return appendAssignment({'task'}, id, bind(id, worker, caller))
