-- Notes that the client that waited for a task, or followed it, has left. A later request for the task removes the note.
-- ARGV[5]  id
-- Returns
--   {'noted', when}  when: Redis time in ms, an argument of cancel
--   {'kept'}         the task goes on without a client, has ended, or does not exist; nothing changed
--   {'late'}         ran after notAfter
-- Changes: abandonedAt of the task.
-- Called by: AbandonedTasks.
--@include call
local id = ARGV[5]
local key = taskKey(id)
local v = call('HMGET', key, 'status', 'endedAt', 'background')
if not v[1] or v[2] or v[3] then return {'kept'} end
allow_writes_when_oom()
call('HSET', key, 'abandonedAt', stamp)
return {'noted', stamp}
