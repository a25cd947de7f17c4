-- Tells a held client how far his task is, which goes on without him.
-- ARGV[5] id   [6] largest value to bring along, in bytes
-- Returns the same as look.
-- Changes: the task's background, unless it has ended; what look changes.
-- Called by: Dispatcher, for a request that is answered before its task has ended.
--@include call
--@include view
local v = call('HMGET', taskKey(ARGV[5]), 'status', 'endedAt')
if v[1] and not v[2] then
  relieve()
  call('HSET', taskKey(ARGV[5]), 'background', '1')
end
return view(ARGV[5], tonumber(ARGV[6]))
