-- The submit of the request that an Idempotency-Key belongs to was refused. No task ran, so the key is kept for a short time only.
-- KEYS[1] is the whole key of the request, not a base.
-- ARGV[5]  read: the value of the key that the request wrote or read
-- ARGV[6]  life: how long the key is kept from now on, in ms
-- Returns
--   {'refused'}
--   {'other'}  the key belongs to another request by now, or a task of another request was accepted; nothing changed
-- Changes: once:<hash>.
-- Called by: SubmitCalls.
--@include call
local read, life = ARGV[5], ARGV[6]
if call('GET', base) ~= read then return {'other'} end
-- The first write needs no memory, so Redis does not refuse the second one for want of memory.
call('PEXPIRE', base, life)
local id, group, fingerprint = string.match(read, '^(%S+) (%S+) (%S+)')
call('SET', base, id .. ' ' .. group .. ' ' .. fingerprint .. ' -', 'PX', life)
return {'refused'}
