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
-- Changes: task, deadlines; worker, idle; queue and the task it takes.
-- Called by: Dispatcher, until it is answered.
--@include call
--@include queue
--@include tasks
--@include workers
relieve()
local id, worker, token = ARGV[5], ARGV[6], ARGV[7]
local task = readTask(id)
local w = readWorker(worker)

-- The answer of a worker that came back through another gateway: it connected after the task was handed out, and the
-- gateway that handed it out is gone. As long as that one's lease runs, nobody can tell.
local function adoption()
  if not w.state or w.state == 'gone' or task.claimed ~= '1' or w.since < task.startedAt then return 'stale' end
  if task.orphanedAt then return 'recorded' end
  local lease = tonumber(call('ZSCORE', LEASES, task.gateway) or 0)
  if lease < now then return 'recorded' end
  local lastBeat = lease - tonumber(ARGV[11])
  local offeredAt = tonumber(ARGV[10])
  if offeredAt > 0 and lastBeat > offeredAt then return 'stale' end
  return 'early'
end

local outcome
if not task.status then
  outcome = 'unknown'
elseif task.status == 'executing' and now > task.deadline + 1500 then
  expire(id, task)
  outcome = 'stale'
elseif task.status == 'executing' then
  if token ~= '' and task.worker == worker and task.token == token then
    outcome = 'recorded'
  elseif token == '' and task.worker ~= worker then
    outcome = adoption()
  else
    outcome = 'stale'
  end
elseif task.endedBy == 'answer' and task.worker == worker and (token == '' or task.token == token) then
  outcome = 'replayed'
else
  outcome = 'stale'
end
if outcome == 'recorded' then
  finish(id, task, ARGV[8], ARGV[9], 'answer')
  if task.worker ~= worker then call('HSET', taskKey(id), 'worker', worker) end
end
if outcome == 'early' then return {'early', tostring(now)} end

if not w.state or w.state == 'gone' or token == '' then return {outcome} end
if w.state == 'busy' and w.task == id and w.token == token then
  call('HSET', workerKey(worker), 'previous', id .. ' ' .. token)
  if ARGV[12] == '1' then
    call('HSET', workerKey(worker), 'state', 'joined')
    call('HDEL', workerKey(worker), 'task', 'token')
    return {outcome}
  end
  makeIdle(worker)
  local next = takeNext()
  if not next then return {outcome} end
  return appendAssignment({outcome}, next, bind(next, worker, caller))
end
if w.state == 'busy' and w.previous == id .. ' ' .. token then
  local current = readTask(w.task)
  if isBound(worker, w, current) and current.claimed == '1' then
    return appendAssignment({outcome}, w.task, w.token)
  end
end
return {outcome}
