-- The socket of a worker closed, or its gateway stops.
-- ARGV[5]   worker
-- ARGV[6]   epoch
-- ARGV[7]   how: one of these words
--   closed    the task that the worker may have begun fails at once, with `reason`
--   faulty    the same, and the worker is at fault: it sent what the protocol does not allow
--   lost      the link broke and the worker may come back: the task waits for its answer for the grace time
--   released  the gateway stops and the worker will connect to another one: the task waits too, and new tasks are accepted meanwhile
-- ARGV[8]   reason: the error of a task that fails
-- ARGV[9]   grace: in ms
-- ARGV[10]  sent: '<id> <token>' of the last assignment that the gateway wrote to the socket; '' = none
-- Returns
--   {'gone'}     the worker is gone now. A task that nobody sent to it is in the queue again, or with another worker
--   {'unknown'}  the worker was not registered, or left before
-- Changes: worker, workers, idle, returning; its task; the tasks that dispatch then gives to other workers.
-- Called by: SlotCalls, again until Redis answers.
--@include call
--@include tasks
--@include seq
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
--@include drop
local worker, epoch, how, reason, grace, sent = ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9], ARGV[10]
-- The endedBy of its task; nil = the task waits.
local ENDED_BY = {closed = 'lost', faulty = 'fault'}
allow_writes_when_oom()
local w = readWorker(worker)
if not w.gateway then
  -- A join of this epoch may still be under way. It must find a tombstone.
  call('HSET', workerKey(worker), 'gone', stamp, 'epoch', epoch)
  call('PEXPIRE', workerKey(worker), 120000)
  -- If only the hash was lost, the sets still hold the worker, and a submit would count it.
  forgetWorker(worker, caller)
  return {'unknown'}
end
if tonumber(epoch) > w.epoch then call('HSET', workerKey(worker), 'epoch', epoch) end
if not dropWorker(worker, reason, ENDED_BY[how], tonumber(grace), sent) then return {'unknown'} end
if how == 'released' then call('SET', RETURNING, worker, 'PX', grace) end
dispatch()
return {'gone'}
