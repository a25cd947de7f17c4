-- Reads a task as a client may see it.
-- ARGV[5] id   [6] largest value to bring along, in bytes   [7] tags of the owners whose tasks the caller may have, '' = all
-- Returns
--   {'task', status, enqueuedAt, startedAt, worker, endedAt, endedBy, position from 1, size of result or error, that
--    itself unless it is larger than asked for, note, progress, its message}; '' where not set
--   {'unknown'}  there is none, or it is not for the caller
-- Changes: that its client left is forgotten, should the task say so; see left.
-- Called by: Dispatcher, for GET /api/task/{id}.
--@include call
--@include owner
if not mayHave(ARGV[5], ARGV[7]) then return {'unknown'} end
--@include view
return view(ARGV[5], tonumber(ARGV[6]))
