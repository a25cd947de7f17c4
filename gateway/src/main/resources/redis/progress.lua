-- Notes how far a worker is with its task. The gateways show it while the task runs.
-- ARGV[5]  id
-- ARGV[6]  worker
-- ARGV[7]  token
-- ARGV[8]  share: from 0 to 1; '' = no change
-- ARGV[9]  message: for people; '' = no change
-- Returns
--   {'noted'}
--   {'stale'}  the task is not this worker's, or has ended; nothing noted
--   {'late'}   ran after notAfter
-- Changes: progress and progressMessage of the task.
-- Called by: ProgressNotes, at most four times a second for a task.
--@include call
--@include tasks
local id, worker, token, share, message = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9]
local task = readTask(id)
if task.status ~= 'executing' or task.worker ~= worker or task.token ~= token then return {'stale'} end
if share ~= '' then call('HSET', taskKey(id), 'progress', share) end
if message ~= '' then call('HSET', taskKey(id), 'progressMessage', message) end
return {'noted'}
