-- The longest idle worker whose gateway's lease runs, and that gateway; nil when there is none. It stays in `idle`. The
-- calling gateway lives, whatever its lease says.
local function pickWorker()
  for _ = 1, 32 do
    local worker = call('ZRANGE', IDLE, 0, 0)[1]
    if not worker then return nil end
    local gateway = call('HGET', workerKey(worker), 'gateway')
    if gateway == caller or gateway and tonumber(call('ZSCORE', LEASES, gateway) or 0) >= now then
      return worker, gateway
    end
    call('ZREM', IDLE, worker)
  end
end

-- Takes a worker for an assignment, '<id> <token>', and tells its gateway, which must claim it before it may be sent; unless the
-- reply says it to the caller (said): then it is claimed.
local function occupy(worker, gateway, id, token, said)
  call('ZREM', IDLE, worker)
  call('HSET', workerKey(worker), 'task', id .. ' ' .. token)
  if not said then
    call('ZADD', unclaimedOf(gateway), stamp, id)
    hint(gateway, 'assigned ' .. id .. ' ' .. worker .. ' ' .. token)
  end
end
