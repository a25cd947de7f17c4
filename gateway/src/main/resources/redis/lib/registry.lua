-- The keys of the registry {*}: what the gateways know of all groups together.
local GROUPS, BUSY, ROUND = base .. 'groups', base .. 'busy', base .. 'round'
local function groupsOf(holder) return base .. 'groups:' .. holder end
local function leftBy(holder) return base .. 'left:' .. holder end
local function holdersOf(group) return base .. 'in:' .. group end
local function gatewaysOf(group, holder) return base .. 'in:' .. group .. ':' .. holder end
local function namesOf(hash) return base .. 'names:' .. hash end
