-- Tells a held client how far his task is, which goes on without him, or how it ended; one that is overdue ends by this.
-- ARGV[5] id   [6] largest value to bring along, in bytes
-- Returns the same as look.
-- Changes: the task's background, unless it has ended; what look changes. Of an overdue one, what sweep does.
-- Called by: Dispatcher, for a request that is answered before it heard of the end of its task.
--@include call
--@include view
--@include tasks
local id, largest = ARGV[5], tonumber(ARGV[6])
local task = readTask(id)
if not task.status or task.endedBy then return view(id, largest) end
allow_writes_when_oom()
if now < task.deadline then
  call('HSET', taskKey(id), 'background', '1')
  return view(id, largest)
end

--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
expire(id, task)
dispatch()
return view(id, largest)
