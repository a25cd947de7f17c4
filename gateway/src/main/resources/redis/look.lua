-- Reads a task as a client may see it.
-- ARGV[5]  id
-- ARGV[6]  largest: the largest result or error to return, in bytes
-- ARGV[7]  owners: tags of the owners whose tasks the caller may see; '' = all
-- Returns one of these. position: from 1. size: of the result or error. value: the result or error, '' if it is larger than
-- `largest`. Each word is '' where the task has none.
--   {'task', status, enqueuedAt, startedAt, worker, endedAt, endedBy, position, size, value, note, progress, progressMessage}
--   {'unknown'}  there is no such task for the caller
-- Changes: removes abandonedAt of a task that has not ended, see abandon.
-- Called by: TaskReader, for GET /api/task/{id}.
--@include call
--@include owner
--@include seq
--@include view
local id, largest, owners = ARGV[5], tonumber(ARGV[6]), ARGV[7]
if not mayHave(id, owners) then return {'unknown'} end
return view(id, largest)
