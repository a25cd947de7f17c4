-- Reads a task as a client may see it, and unless it has ended notes that the caller wants to be told of its end.
-- ARGV[5] id   [6] largest value to bring along, in bytes   [7] tags of the owners whose tasks the caller may have, '' = all
-- Returns the same as look.
-- Changes: the task's watchers; what look changes.
-- Called by: Dispatcher, for a request that is held for a task that was there before it.
--@include call
--@include owner
if not mayHave(ARGV[5], ARGV[7]) then return {'unknown'} end
--@include view
--@include watch
noteCaller(ARGV[5], 'watchers')
return view(ARGV[5], tonumber(ARGV[6]))
