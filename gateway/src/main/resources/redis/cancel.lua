-- Ends a task that nobody wants any more: out of the queue, or away from its worker, who is told.
-- ARGV[5] id   [6] why, the error that is kept   [7] '' or, from `left`, when its client left: only if nobody came since
-- ARGV[8] tags of the owners whose tasks the caller may have, '' = all
-- Returns
--   {'cancelled'}  it is now
--   {'already'}    it was cancelled before
--   {'ended'}      it ended otherwise; nothing changed
--   {'wanted'}     somebody came since its client left; nothing changed
--   {'unknown'}    there is none, or it is not for the caller; nothing changed
-- Changes: task, deadlines; queue, or worker, unclaimed, told; whatever the queue then gives to a worker it freed.
-- Called by: Dispatcher, for a client, until it is answered; AbandonedTasks, for one who left.
--@include call
--@include owner
if not mayHave(ARGV[5], ARGV[8]) then return {'unknown'} end
--@include tasks
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
allow_writes_when_oom()
local id = ARGV[5]
local task = readTask(id)
if not task.status then return {'unknown'} end
if task.status == 'cancelled' then return {'already'} end
if task.endedBy then return {'ended'} end
if ARGV[7] ~= '' and call('HGET', taskKey(id), 'abandonedAt') ~= ARGV[7] then return {'wanted'} end
if task.status == 'queued' then
  unqueue(id, task.seq)
else
  leave(id, task)
  local gateway = gatewayOf(task.worker)
  if gateway ~= '' then
    -- Kept for a minute for a gateway that misses the hint; to be told twice does no harm.
    call('ZADD', toldOf(gateway), stamp, id .. ' ' .. task.worker)
    call('PEXPIRE', toldOf(gateway), 60000)
    hint(gateway, 'cancel ' .. id .. ' ' .. task.worker)
  end
end
finish(id, task, 'cancelled', ARGV[6], 'cancel')
dispatch()
return {'cancelled'}
