-- Takes an assignment that another gateway's call made, before it is sent to the worker. Unclaimed it may go back to the
-- queue; claimed it never does.
-- ARGV[5] id   [6] token
-- Returns
--   {'task', id, token, ms to deadline, payload}  claimed: send it unless this assignment was sent before
--   {'refused'}  not the caller's (any more), or too late to end in time: then it ends
--   {'late'}     ran after notAfter
-- Changes: unclaimed; of a task that is too late what sweep does.
-- Called by: Dispatcher, on a hint and for each unclaimed assignment a beat tells.
--@include call
local id, token = ARGV[5], ARGV[6]
local v = call('HMGET', taskKey(id), 'status', 'token', 'worker', 'deadline', 'payload', 'startedAt')
local left = tonumber(v[4] or 0) - now
local mine = v[1] == 'executing' and v[2] == token and call('HGET', workerKey(v[3]), 'gateway') == caller
if not mine or left <= 0 then return {'refused'} end
-- The usual case ends here: it was handed out just now, and in time.
if now - tonumber(v[6]) <= 200 then
  call('ZREM', unclaimedOf(caller), id)
  return {'task', id, token, ms(left), v[5] or ''}
end

--@include tasks
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
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
