-- A request repeats an Idempotency-Key, and its task was accepted. From now on the key stays, even if the request that it belongs to
-- is refused.
-- KEYS[1] is the whole key of the request, not a base.
-- ARGV[5]  named: id, group and fingerprint of the task
-- ARGV[6]  life: how long the key is kept, in ms
-- Returns
--   {'confirmed'}
--   {'other'}  the key holds another task; nothing changed
-- Changes: once:<hash>.
-- Called by: SubmitCalls.
--@include call
local named, life = ARGV[5], ARGV[6]
local kept = call('GET', base)
if kept and string.sub(kept, 1, #named) ~= named then return {'other'} end
call('PEXPIRE', base, life)
call('SET', base, named .. ' +', 'PX', life)
return {'confirmed'}
