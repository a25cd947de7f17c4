-- Claims an assignment that a call of another gateway made, before the caller sends it to the worker. An assignment that nobody
-- claimed may go back to the queue. A claimed one never does.
-- ARGV[5]  id
-- ARGV[6]  token
-- Returns
--   {'task', id, token, left, payload}  claimed: the caller must send it unless it sent this assignment before. left: ms until the
--                                       deadline
--   {'refused'}  not an assignment of the caller (any more), or too late to end in time: then the task ends
--   {'late'}     ran after notAfter
-- Changes: unclaimed; of a task that is too late, what sweep changes.
-- Called by: AssignmentDelivery, on a hint and for each unclaimed assignment that beat returns.
--@include call
--@include tasks deferred
--@include seq deferred
--@include queue deferred
--@include pick deferred
--@include workers deferred
--@include pace deferred
--@include dispatch deferred
local id, token = ARGV[5], ARGV[6]
local v = call('HMGET', taskKey(id), 'status', 'token', 'worker', 'deadline', 'payload', 'startedAt')
local left = tonumber(v[4] or 0) - now
local mine = v[1] == 'executing' and v[2] == token and call('HGET', workerKey(v[3]), 'gateway') == caller
if not mine or left <= 0 then return {'refused'} end
-- The usual case ends here: the task was handed out just now, and in time.
if now - tonumber(v[6]) <= 200 then
  call('ZREM', unclaimedOf(caller), id)
  return {'task', id, token, ms(left), v[5] or ''}
end

--@deferred
local task = readTask(id)
if isClaimed(id, caller) or not isTooLate(task.model, task.enqueuedAt, task.deadline) then
  call('ZREM', unclaimedOf(caller), id)
  return {'task', id, token, ms(left), v[5] or ''}
end
expire(id, task)
noteUnsaid(id)
press()
dispatch()
return {'refused'}
