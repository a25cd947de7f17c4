-- Records the answer of a worker, once. In the same step it frees the worker's slot and gives it the oldest waiting task.
-- ARGV[5]   id
-- ARGV[6]   worker
-- ARGV[7]   token: '' = the task was not assigned to this socket
-- ARGV[8]   status: completed | failed
-- ARGV[9]   value: the result (JSON) or the error text
-- ARGV[10]  offeredAt: when the gateway first offered the answer, in Redis ms; 0 = now
-- ARGV[11]  leaseMs: lease of a gateway in ms
-- ARGV[12]  stops: '1' = take no next task, because the gateway stops
-- ARGV[13]  overran: '1' = the gateway told the worker before this answer that the time of the task is over; '0' = it did not, so that an
--           answer which waited for Redis a moment too long still counts
-- Returns one of these words. After each but 'early', four words may follow: id, token, left, payload. They are the worker's current
-- assignment, claimed for the caller, which must send it unless it sent it before. left: ms until the deadline. A call that is made
-- again returns the same assignment.
--   {'recorded', id, token, left, payload}  the answer is the task's outcome now
--   {'replayed', id, token, left, payload}  the answer was the task's outcome already
--   {'stale', id, token, left, payload}     the task is not this worker's, or ended otherwise; nothing recorded
--   {'unknown', id, token, left, payload}   there is no such task (any more)
--   {'early', when}  the task belongs to a worker of a gateway that may be dead: the caller must offer the answer again, with this
--                    time as offeredAt
-- Changes: task, deadlines; worker, idle; pace; queue and the task that it takes.
-- Called by: SlotCalls, again until Redis answers.
--@include call
--@include tasks
--@include pace
--@include seq deferred
--@include queue deferred
--@include pick deferred
--@include workers deferred
--@include dispatch deferred
local id, worker, token, status, value = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local offeredAt, leaseMs, stops, overran = ARGV[10], ARGV[11], ARGV[12] == '1', ARGV[13] == '1'
local task = readTask(id)
local executing = task.status == 'executing'
local own = token ~= '' and task.worker == worker and task.token == token
local overdue = executing and now > task.deadline + (overran and 0 or 1500)
local outcome
if executing and own and not overdue then
  finish(id, task, status, value, 'answer')
  if not task.orphanedAt then noteRun(task.model, now - task.startedAt) end
  outcome = 'recorded'
  -- The usual case ends here: no task waits, and the worker was not given up meanwhile.
  if not stops and not task.orphanedAt and call('EXISTS', QUEUE) == 0 then
    call('ZADD', IDLE, 'NX', stamp, worker)
    return {outcome}
  end
end

--@deferred
if not outcome then allow_writes_when_oom() end
local w = readWorker(worker)

-- The outcome of an answer from a worker that came back through another gateway: it connected after the task was handed out, and
-- the gateway that handed it out is gone. While the lease of that gateway runs, nobody knows whether it is gone.
local function adoption()
  if not w.lives or w.since < task.startedAt then return 'stale' end
  if task.orphanedAt then return 'recorded' end
  local gateway = gatewayOf(task.worker)
  if not isClaimed(id, gateway) then return 'stale' end
  local lease = tonumber(call('ZSCORE', LEASES, gateway) or 0)
  if lease < now then return 'recorded' end
  local lastBeat = lease - tonumber(leaseMs)
  local offered = tonumber(offeredAt)
  if offered > 0 and lastBeat > offered then return 'stale' end
  return 'early'
end

if not outcome then
  if not task.status then
    outcome = 'unknown'
  elseif overdue then
    expire(id, task)
    outcome = 'stale'
  elseif executing then
    outcome = token == '' and task.worker ~= worker and adoption() or 'stale'
    if outcome == 'early' then return {'early', stamp} end
    if outcome == 'recorded' then
      finish(id, task, status, value, 'answer')
      call('HSET', taskKey(id), 'worker', worker)
    end
  else
    -- An answer that is sent again, maybe on another connection, is recognised by its text.
    local field = task.status == 'completed' and 'result' or 'error'
    local mine = task.endedBy == 'answer' and (task.worker == worker and (token == '' or own)
      or token == '' and task.status == status and call('HGET', taskKey(id), field) == value)
    outcome = mine and 'replayed' or 'stale'
  end
end

if not w.lives or token == '' then return {outcome} end
if w.task == id .. ' ' .. token then
  if stops then return {outcome} end
  -- A late answer tells, once, how long the task kept the slot.
  local late = overdue or task.endedBy == 'deadline'
  if own and late and not isIdle(worker) then noteRun(task.model, now - task.startedAt) end
  return serve(worker, outcome, outcome)
end
-- The answer is a replay, or belongs to an assignment before the current one. The worker's gateway may have missed the current one.
local current, currentId = boundTask(worker, w)
if current and currentId ~= id and isClaimed(currentId, caller) then return readAssignment(outcome, currentId, current.token) end
return {outcome}
