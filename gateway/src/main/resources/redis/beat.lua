-- Extends the lease of a gateway on its workers of this group. Tells which assignments the gateway has yet to claim, and which tasks
-- were cancelled while its workers ran them.
-- ARGV[5]  lease: in ms
-- Returns one of these words, then three words for each task: id, worker, token. At most 64 assignments come first, oldest first. At
-- most 256 tasks that were cancelled within the last 30 s follow, latest first, each with '' as its token.
--   {'held', id, worker, token, ...}    the lease had not run out
--   {'lapsed', id, worker, token, ...}  the lease had run out, or Redis had lost it: another gateway may have given its workers up,
--                                       so the caller must join them all again
-- Changes: leases; unclaimed and told, entries that need no action any more.
-- Called by: LeaseRenewer, every second and after each (re)connect, for each group with workers of the gateway.
--@include call
--@include tasks
local lease = tonumber(ARGV[5])
allow_writes_when_oom()
local heldUntil = tonumber(call('ZSCORE', LEASES, caller) or 0)
call('ZADD', LEASES, ms(now + lease), caller)
local reply = {heldUntil >= now and 'held' or 'lapsed'}
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
