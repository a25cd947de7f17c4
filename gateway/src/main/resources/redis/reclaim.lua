-- A request repeats an Idempotency-Key whose request was refused. From now on the key belongs to the new request.
-- KEYS[1] is the whole key of the request, not a base.
-- ARGV[5]  named: id, group and fingerprint, kept if the key holds nothing
-- ARGV[6]  request: its id
-- ARGV[7]  life: how long the key is kept, in ms
-- Returns
--   {'kept', what}  what: the key's value now: id, group and fingerprint of the task, and the id of the request that the key belongs
--                   to if that is another id
-- Changes: once:<hash>.
-- Called by: SubmitCalls, when it read that the request was refused.
--@include call
local named, request, life = ARGV[5], ARGV[6], ARGV[7]
local kept = call('GET', base)
local refused = kept and string.match(kept, '^(.*) %-$')
if kept and not refused then return {'kept', kept} end
kept = kept and refused .. ' ' .. request or named
call('SET', base, kept, 'PX', life)
return {'kept', kept}
