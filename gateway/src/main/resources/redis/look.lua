-- Reads a task as a client may see it. Changes nothing.
-- ARGV[5] id   [6] largest value to bring along, in bytes
-- Returns
--   {'task', status, enqueuedAt, startedAt, worker, endedAt, endedBy, position from 1, size of result or error, and that
--    itself unless it is larger than asked for}; '' where not set
--   {'unknown'}
-- Changes: nothing.
-- Called by: Dispatcher, for GET /api/task/{id}.
--@include call
--@include queue
local id = ARGV[5]
local key = taskKey(id)
local v = call('HMGET', key, 'status', 'enqueuedAt', 'startedAt', 'worker', 'endedAt', 'endedBy', 'seq')
if not v[1] then return {'unknown'} end
local position = ''
if v[1] == 'queued' then position = tostring(math.max(1, positionOf(id, tonumber(v[7])))) end
local size, value = 0, ''
if v[6] then
  local field = v[1] == 'completed' and 'result' or 'error'
  size = call('HSTRLEN', key, field)
  if size <= tonumber(ARGV[6]) then value = call('HGET', key, field) end
end
return {'task', v[1], v[2] or '', v[3] or '', v[4] or '', v[5] or '', v[6] or '', position, tostring(size), value}
