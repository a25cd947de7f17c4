-- A worker's socket closed, or its gateway stops.
-- ARGV[5] worker   [6] epoch   [7] closed | faulty | lost | released   [8] error of the task it worked on   [9] grace in ms
-- ARGV[10] '<id> <token>' of the last assignment written to its socket, '' = none
--   closed    the task it may have begun fails at once with that error
--   faulty    the same, and the worker is at fault: it sent what the protocol does not allow
--   lost      its link broke and it may come back: the task waits for its answer for the grace time
--   released  the gateway leaves, the worker will come back elsewhere: so it waits, and new tasks are accepted meanwhile
-- Returns
--   {'gone'}     it is gone now; what it had not been sent is queued again or with another worker
--   {'unknown'}  it was not registered, or left before
-- Changes: worker, workers, idle, returning; its task; whatever the queue then gives to others.
-- Called by: Slot, until it is answered.
--@include call
--@include tasks
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
--@include drop
-- What ends the task; nil: the task waits.
local ENDED_BY = {closed = 'lost', faulty = 'fault'}
allow_writes_when_oom()
local worker = ARGV[5]
local w = readWorker(worker)
if not w.gateway then
  -- A join of this epoch may still be under way: let it find a tombstone.
  call('HSET', workerKey(worker), 'gone', stamp, 'epoch', ARGV[6])
  call('PEXPIRE', workerKey(worker), 120000)
  -- Nor may it count as a worker when only its hash was lost.
  forgetWorker(worker, caller)
  return {'unknown'}
end
if tonumber(ARGV[6]) > w.epoch then call('HSET', workerKey(worker), 'epoch', ARGV[6]) end
if not dropWorker(worker, ARGV[8], ENDED_BY[ARGV[7]], tonumber(ARGV[9]), ARGV[10]) then return {'unknown'} end
if ARGV[7] == 'released' then call('SET', RETURNING, worker, 'PX', ARGV[9]) end
dispatch()
return {'gone'}
