-- Extends a gateway's lease on its workers of this group and tells what was assigned to them and not claimed yet, and what
-- was cancelled while they worked on it.
-- ARGV[5] lease in ms
-- Returns {state, id, worker, token, id, worker, token, ...}, at most 64 assignments, oldest first, then at most 256 tasks
-- that were cancelled within the last 30 s, latest first, each with '' for its token; state:
--   held    the lease ran
--   lapsed  it had run out, or Redis had forgotten it: its workers may have been given up, join them all again
-- Changes: leases; unclaimed and told, of what has settled itself.
-- Called by: LeaseRenewer, every second and after each (re)connect, for each group it has workers of.
--@include call
--@include tasks
allow_writes_when_oom()
local lease = tonumber(call('ZSCORE', LEASES, caller) or 0)
call('ZADD', LEASES, ms(now + tonumber(ARGV[5])), caller)
local reply = {lease >= now and 'held' or 'lapsed'}
for _, id in ipairs(call('ZRANGE', unclaimedOf(caller), 0, 63)) do
  local task = readTask(id)
  if task.status == 'executing' then
    reply[#reply + 1] = id
    reply[#reply + 1] = task.worker
    reply[#reply + 1] = task.token
  else
    call('ZREM', unclaimedOf(caller), id)
  end
end
call('ZREMRANGEBYSCORE', toldOf(caller), '-inf', ms(now - 30000))
for _, told in ipairs(call('ZREVRANGE', toldOf(caller), 0, 255)) do
  local id, worker = string.match(told, '^(%S+) (%S+)$')
  reply[#reply + 1] = id
  reply[#reply + 1] = worker
  reply[#reply + 1] = ''
end
return reply
