-- Reads a task as a client may see it. Changes nothing.
-- ARGV[5] id
-- Returns
--   {'task', status, enqueuedAt, startedAt, worker, endedAt, result or error, position from 1}; '' where not set
--   {'unknown'}
-- Changes: nothing.
-- Called by: Dispatcher, for GET /api/task/{id}.
--@include call
--@include queue
local id = ARGV[5]
local v = call('HMGET', taskKey(id), 'status', 'enqueuedAt', 'startedAt', 'worker', 'endedAt', 'result', 'error', 'seq')
if not v[1] then return {'unknown'} end
local position = ''
if v[1] == 'queued' then position = tostring(math.max(1, positionOf(id, tonumber(v[8])))) end
return {'task', v[1], v[2] or '', v[3] or '', v[4] or '', v[5] or '', v[6] or v[7] or '', position}
