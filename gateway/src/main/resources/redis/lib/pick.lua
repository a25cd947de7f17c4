-- The worker that has been idle longest and whose gateway holds its lease, and that gateway; nil when there is none. The worker
-- stays in `idle`. The calling gateway is alive, even if its lease has run out.
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

-- Takes a worker for an assignment, '<id> <token>', and hints it to the worker's gateway. That gateway must claim the assignment
-- before it sends it. said: the reply of this script tells the caller of the assignment; then it counts as claimed.
local function occupy(worker, gateway, id, token, said)
  call('ZREM', IDLE, worker)
  call('HSET', workerKey(worker), 'task', id .. ' ' .. token)
  if not said then
    call('ZADD', unclaimedOf(gateway), stamp, id)
    hint(gateway, 'assigned ' .. id .. ' ' .. worker .. ' ' .. token)
  end
end
