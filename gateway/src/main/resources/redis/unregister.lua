-- The last worker of a holder at a gateway has left a group: its name counts no more, and goes when the group holds nothing.
-- ARGV[5] group   [6] holder   [7] how long a name counts for all after its last use, in ms
-- Returns
--   {'noted'}
-- Changes: groups, groups:<holder>.
-- Called by: Groups. A gateway that has other workers in the group says so within 20 s, see GroupKeeper.
--@include call
relieve()
local group, all, counts = ARGV[5], base .. 'groups', now - tonumber(ARGV[7])
call('ZREM', base .. 'groups:' .. ARGV[6], group)
local used = call('ZSCORE', all, group)
if used and tonumber(used) > counts then call('ZADD', all, ms(counts), group) end
return {'noted'}
