-- Ends what is overdue, gives up the workers of gateways whose lease ran out, and brings waiting tasks and idle workers
-- together. Any gateway may run it at any time; of two at once the second finds nothing to do.
-- ARGV[5] how many overdue tasks at most   [6] grace of orphaned tasks in ms   [7] until when no worker is given up, see round
-- Returns
--   {'swept', workers given up, id of each task that it or a hand-out ended ...}
--   {'more', workers given up, id of each task it ended ...}  more may be overdue: sweep again at once
--   {'fresh'}  another gateway swept less than 300 ms ago; nothing done
-- Changes: whatever is overdue; meta.
-- Called by: Sweeper, about every 700 ms for each group that may have tasks, else less often.
--@include call
--@include tasks
--@include queue
--@include pick
--@include workers
--@include pace
--@include dispatch
--@include drop
allow_writes_when_oom()
local swept = tonumber(call('HGET', META, 'swept') or 0)
local fresh = 300
if swept > 0 and now - swept >= 0 and now - swept < fresh then return {'fresh'} end
call('HSET', META, 'swept', stamp)
call('PEXPIRE', META, 86400000)

local ended = {}
local overdue = call('ZRANGEBYSCORE', DEADLINES, '-inf', stamp, 'LIMIT', 0, tonumber(ARGV[5]))
for _, id in ipairs(overdue) do
  local task = readTask(id)
  if not task.status then
    call('ZREM', DEADLINES, id)
  else
    expire(id, task)
    ended[#ended + 1] = id
  end
end

-- What hand-outs ended since the last sweep. None of it is in `deadlines`.
local unsaid = call('LRANGE', UNSAID, 0, 255)
if #unsaid > 0 then call('LTRIM', UNSAID, #unsaid, -1) end
for _, id in ipairs(unsaid) do ended[#ended + 1] = id end

local dropped = 0
if now >= tonumber(ARGV[7]) then
  for _, gateway in ipairs(call('ZRANGEBYSCORE', LEASES, '-inf', '(' .. stamp, 'LIMIT', 0, 8)) do
    local workers = call('SRANDMEMBER', workersOf(gateway), 64)
    for _, worker in ipairs(workers) do
      -- One whose hash was lost cannot be dropped, but must not stay in the sets for ever.
      if not dropWorker(worker, 'Worker disconnected', nil, tonumber(ARGV[6])) then forgetWorker(worker, gateway) end
    end
    dropped = dropped + #workers
    if call('SCARD', workersOf(gateway)) == 0 then
      call('ZREM', LEASES, gateway)
      call('DEL', unclaimedOf(gateway))
    end
  end
end
dispatch()
-- Of a group that holds nothing more nothing stays but its run times, for a while.
if call('EXISTS', QUEUE, DEADLINES, WORKERS, LEASES, RETURNING) == 0 then call('DEL', META) end
if #overdue < tonumber(ARGV[5]) and #unsaid < 256 then return {'swept', tostring(dropped), unpack(ended)} end
if call('EXISTS', META) == 1 then call('HSET', META, 'swept', ms(now - fresh)) end
return {'more', tostring(dropped), unpack(ended)}
