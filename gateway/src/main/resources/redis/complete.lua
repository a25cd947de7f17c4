-- Records a worker's answer, once, frees its slot and takes the oldest waiting task for it in the same step.
-- ARGV[5] id   [6] worker   [7] token, '' = the task was not assigned to this socket
-- ARGV[8] completed | failed   [9] result (JSON) or error text
-- ARGV[10] when the answer was first offered, in Redis ms; 0 = now   [11] lease of a gateway in ms
-- ARGV[12] 1 = take no next task, the gateway stops
-- Returns {outcome} or {outcome, id, token, ms to deadline, payload}: the worker's current assignment, claimed for the
-- caller; send it unless it was sent before. A replay returns the same. Outcome:
--   recorded  this answer is the task's outcome
--   replayed  it already was
--   stale     the task is not this worker's, or ended otherwise; nothing recorded
--   unknown   there is no such task (any more)
--   early     {'early', now}: the task belongs to a worker of a gateway that may be dead; offer again, with this time
-- Changes: task, deadlines; worker, idle; pace; queue and the task it takes.
-- Called by: Dispatcher, until it is answered.
--@include call
--@include tasks
--@include pace
local id, worker, token = ARGV[5], ARGV[6], ARGV[7]
local task = readTask(id)
local executing = task.status == 'executing'
local own = token ~= '' and task.worker == worker and task.token == token
local overdue = executing and now > task.deadline + 1500
local outcome
if executing and own and not overdue then
  finish(id, task, ARGV[8], ARGV[9], 'answer')
  if not task.orphanedAt then noteRun(task.model, now - task.startedAt) end
  outcome = 'recorded'
  -- The usual case ends here: nothing waits, and the worker was not given up meanwhile.
  if ARGV[12] ~= '1' and not task.orphanedAt and call('EXISTS', QUEUE) == 0 then
    call('ZADD', IDLE, 'NX', stamp, worker)
    return {outcome}
  end
end

--@include queue
--@include pick
--@include workers
--@include dispatch
if not outcome then allow_writes_when_oom() end
local w = readWorker(worker)

-- The answer of a worker that came back through another gateway: it connected after the task was handed out, and the
-- gateway that handed it out is gone. As long as that one's lease runs, nobody can tell.
local function adoption()
  if not w.lives or w.since < task.startedAt then return 'stale' end
  if task.orphanedAt then return 'recorded' end
  local gateway = gatewayOf(task.worker)
  if not isClaimed(id, gateway) then return 'stale' end
  local lease = tonumber(call('ZSCORE', LEASES, gateway) or 0)
  if lease < now then return 'recorded' end
  local lastBeat = lease - tonumber(ARGV[11])
  local offeredAt = tonumber(ARGV[10])
  if offeredAt > 0 and lastBeat > offeredAt then return 'stale' end
  return 'early'
end

if outcome then
  -- Recorded above.
elseif not task.status then
  outcome = 'unknown'
elseif overdue then
  expire(id, task)
  outcome = 'stale'
elseif executing then
  outcome = token == '' and task.worker ~= worker and adoption() or 'stale'
  if outcome == 'early' then return {'early', stamp} end
  if outcome == 'recorded' then
    finish(id, task, ARGV[8], ARGV[9], 'answer')
    call('HSET', taskKey(id), 'worker', worker)
  end
else
  -- One that is sent again, maybe on another connection, is known by its words.
  local field = task.status == 'completed' and 'result' or 'error'
  local mine = task.endedBy == 'answer' and (task.worker == worker and (token == '' or own)
    or token == '' and task.status == ARGV[8] and call('HGET', taskKey(id), field) == ARGV[9])
  outcome = mine and 'replayed' or 'stale'
end

if not w.lives or token == '' then return {outcome} end
if w.task == id .. ' ' .. token then
  if ARGV[12] == '1' then return {outcome} end
  -- A late answer tells, once, how long the task kept the slot.
  local late = overdue or task.endedBy == 'deadline'
  if own and late and not isIdle(worker) then noteRun(task.model, now - task.startedAt) end
  return serve(worker, outcome, outcome)
end
-- A replay, or an answer to an assignment before the current one: what it may have missed.
local current, currentId = boundTask(worker, w)
if current and currentId ~= id and isClaimed(currentId, caller) then return readAssignment(outcome, currentId, current.token) end
return {outcome}
