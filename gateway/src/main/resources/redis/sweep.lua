-- Ends overdue tasks, gives up the workers of gateways whose lease ran out, and gives waiting tasks to idle workers. Any gateway may
-- call it at any time: if two call at once, the second finds nothing to do.
-- ARGV[5]  limit: how many overdue tasks to end at most
-- ARGV[6]  grace: how long a task waits for a worker that is given up, in ms
-- ARGV[7]  graceUntil: until when no worker is given up, see round
-- Returns one of these. dropped: how many workers were given up
--   {'swept', dropped, id, ...}  with the id of each task that this call, or a hand-out before it, ended
--   {'more', dropped, id, ...}   the same; more tasks may be overdue, so the caller must call again at once
--   {'fresh'}  a gateway swept the group less than 300 ms ago; nothing done
-- Changes: the overdue tasks and lost workers with all that holds them; meta.
-- Called by: Sweeper, about every 700 ms for a group that may have tasks, and less often for the others.
--@include call
--@include tasks
--@include seq
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
--@include drop
local limit, grace, graceUntil = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
allow_writes_when_oom()
local swept = tonumber(call('HGET', META, 'swept') or 0)
local fresh = 300
if swept > 0 and now - swept >= 0 and now - swept < fresh then return {'fresh'} end
call('HSET', META, 'swept', stamp)
call('PEXPIRE', META, 86400000)

local ended = {}
local overdue = call('ZRANGEBYSCORE', DEADLINES, '-inf', stamp, 'LIMIT', 0, limit)
for _, id in ipairs(overdue) do
  local task = readTask(id)
  if not task.status then
    call('ZREM', DEADLINES, id)
  else
    expire(id, task)
    ended[#ended + 1] = id
  end
end

-- The tasks that hand-outs ended since the last sweep. None of them is in `deadlines`.
local unsaid = call('LRANGE', UNSAID, 0, 255)
if #unsaid > 0 then call('LTRIM', UNSAID, #unsaid, -1) end
for _, id in ipairs(unsaid) do ended[#ended + 1] = id end

local dropped = 0
if now >= graceUntil then
  for _, gateway in ipairs(call('ZRANGEBYSCORE', LEASES, '-inf', '(' .. stamp, 'LIMIT', 0, 8)) do
    local workers = call('SRANDMEMBER', workersOf(gateway), 64)
    for _, worker in ipairs(workers) do
      -- A worker whose hash was lost cannot be dropped, but it must not stay in the sets for ever.
      if not dropWorker(worker, 'Worker disconnected', nil, grace) then forgetWorker(worker, gateway) end
    end
    dropped = dropped + #workers
    if call('SCARD', workersOf(gateway)) == 0 then
      call('ZREM', LEASES, gateway)
      call('DEL', unclaimedOf(gateway))
    end
  end
end
dispatch()
-- A group that holds nothing any more keeps nothing but its run times, for a while.
if call('EXISTS', QUEUE, DEADLINES, WORKERS, LEASES, RETURNING) == 0 then call('DEL', META) end
if #overdue < limit and #unsaid < 256 then return {'swept', tostring(dropped), unpack(ended)} end
if call('EXISTS', META) == 1 then call('HSET', META, 'swept', ms(now - fresh)) end
return {'more', tostring(dropped), unpack(ended)}
