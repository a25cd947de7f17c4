-- Notes that a client who waited for a task, or followed it, has left. Whoever asks for the task after that takes the note back.
-- ARGV[5] id
-- Returns
--   {'noted', when}  in Redis ms, for `cancel`
--   {'kept'}         the task goes on without a client, has ended, or there is none; nothing changed
-- Changes: the task's abandonedAt.
-- Called by: AbandonedTasks.
--@include call
local key = taskKey(ARGV[5])
local v = call('HMGET', key, 'status', 'endedAt', 'background')
if not v[1] or v[2] or v[3] then return {'kept'} end
allow_writes_when_oom()
call('HSET', key, 'abandonedAt', stamp)
return {'noted', stamp}
