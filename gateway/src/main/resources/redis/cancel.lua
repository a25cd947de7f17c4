-- Cancels a task: takes it out of the queue, or away from its worker, whose gateway gets a hint.
-- ARGV[5]  id
-- ARGV[6]  reason: the error of the task
-- ARGV[7]  abandonedAt: cancel only if the task still has this note, see abandon; '' = in any case
-- ARGV[8]  owners: tags of the owners whose tasks the caller may see; '' = all
-- Returns
--   {'cancelled'}  the task is cancelled now
--   {'already'}    it was cancelled before
--   {'ended'}      it ended otherwise; nothing changed
--   {'wanted'}     a client has asked for the task since; nothing changed
--   {'unknown'}    there is no such task for the caller; nothing changed
-- Changes: task, deadlines; queue, or worker, unclaimed, told; the tasks that dispatch then gives to workers.
-- Called by: TaskCanceller, for a client, or for a task whose client left.
--@include call
--@include owner
--@include tasks
--@include seq
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
local id, reason, abandonedAt, owners = ARGV[5], ARGV[6], ARGV[7], ARGV[8]
if not mayHave(id, owners) then return {'unknown'} end
allow_writes_when_oom()
local task = readTask(id)
if not task.status then return {'unknown'} end
if task.status == 'cancelled' then return {'already'} end
if task.endedBy then return {'ended'} end
if abandonedAt ~= '' and call('HGET', taskKey(id), 'abandonedAt') ~= abandonedAt then return {'wanted'} end
if task.status == 'queued' then
  unqueue(id, task.seq)
else
  leave(id, task)
  local gateway = gatewayOf(task.worker)
  if gateway ~= '' then
    -- Kept for a minute, because the gateway may miss the hint. A worker that learns of it twice ignores the second.
    call('ZADD', toldOf(gateway), stamp, id .. ' ' .. task.worker)
    call('PEXPIRE', toldOf(gateway), 60000)
    hint(gateway, 'cancel ' .. id .. ' ' .. task.worker)
  end
end
finish(id, task, 'cancelled', reason, 'cancel')
dispatch()
return {'cancelled'}
