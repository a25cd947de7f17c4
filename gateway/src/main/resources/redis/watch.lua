-- Reads a task as a client may see it. Unless the task has ended, the caller gets a hint of its end.
-- ARGV[5]  id
-- ARGV[6]  largest: the largest result or error to return, in bytes
-- ARGV[7]  owners: tags of the owners whose tasks the caller may see; '' = all
-- Returns the reply of look
--   {'task', ...}
--   {'unknown'}  there is no such task for the caller
-- Changes: watchers of the task; what look changes.
-- Called by: EndWatch, for a request that is held for a task accepted before.
--@include call
--@include owner
--@include seq
--@include view
--@include watch
local id, largest, owners = ARGV[5], tonumber(ARGV[6]), ARGV[7]
if not mayHave(id, owners) then return {'unknown'} end
noteCaller(id, 'watchers')
return view(id, largest)
