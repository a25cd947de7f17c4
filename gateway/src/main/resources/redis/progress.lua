-- Notes how far a worker is with its task; shown as long as it runs.
-- ARGV[5] id   [6] worker   [7] token   [8] progress from 0 to 1   [9] message for people; each '' = as it was
-- Returns
--   {'noted'}
--   {'stale'}  not this worker's task (any more), or it has ended; nothing noted
--   {'late'}   ran after notAfter
-- Changes: task.
-- Called by: ProgressNotes, at most four times a second for a task.
--@include call
--@include tasks
local id = ARGV[5]
local task = readTask(id)
if task.status ~= 'executing' or task.worker ~= ARGV[6] or task.token ~= ARGV[7] then return {'stale'} end
if ARGV[8] ~= '' then call('HSET', taskKey(id), 'progress', ARGV[8]) end
if ARGV[9] ~= '' then call('HSET', taskKey(id), 'progressMessage', ARGV[9]) end
return {'noted'}
