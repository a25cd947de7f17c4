-- Tells a client whose held request ends how far its task is, or how the task ended. The task goes on without the client. A task
-- that is overdue ends by this call.
-- ARGV[5]  id
-- ARGV[6]  largest: the largest result or error to return, in bytes
-- Returns the reply of look
--   {'task', ...}
--   {'unknown'}  there is no such task
-- Changes: background of the task, unless the task has ended; what look changes; of an overdue task, what sweep changes.
-- Called by: HeldRequests, for a held request that is answered before its task has ended.
--@include call
--@include seq
--@include view
--@include tasks
--@include queue deferred
--@include pick deferred
--@include workers deferred
--@include pace deferred
--@include dispatch deferred
local id, largest = ARGV[5], tonumber(ARGV[6])
local task = readTask(id)
if not task.status or task.endedBy then return view(id, largest) end
allow_writes_when_oom()
if now < task.deadline then
  call('HSET', taskKey(id), 'background', '1')
  return view(id, largest)
end

--@deferred
expire(id, task)
dispatch()
return view(id, largest)
