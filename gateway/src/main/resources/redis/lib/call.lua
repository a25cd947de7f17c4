-- Every script begins so. All keys of a group share the hash tag {group}, so a script touches one slot of a cluster.
-- KEYS[1]  base of the group's keys: <prefix>{<group>}:   (only names the slot; all keys are made below)
-- ARGV[1]  now in ms; 0 = ask Redis (tests bring their own clock)
-- ARGV[2]  not after, in ms; 0 = whenever. A call that runs later does nothing: its caller has given up by then
-- ARGV[3]  how long an ended task stays readable, in ms
-- ARGV[4]  id of the calling gateway
--
-- What a script defines is made anew at each call, a tenth of a microsecond each: scripts include only what they need,
-- and the rest after the usual case has returned. Times go to Redis as text: a number costs it half a microsecond.
local call = redis.call
local base = KEYS[1]
local stamp = ARGV[1]
if stamp == '0' then
  local time = call('TIME')
  stamp = time[1] .. string.sub('00' .. math.floor(time[2] / 1000), -3)
end
local now = tonumber(stamp)
local notAfter = tonumber(ARGV[2])
if notAfter > 0 and now > notAfter then return {'late'} end
local ttl, caller = ARGV[3], ARGV[4]

local QUEUE, IDLE, DEADLINES = base .. 'queue', base .. 'idle', base .. 'deadlines'
local LEASES, WORKERS, META = base .. 'leases', base .. 'workers', base .. 'meta'
local RETURNING, UNSAID = base .. 'returning', base .. 'unsaid'
local function taskKey(id) return base .. 'task:' .. id end
local function chunksOf(id) return base .. 'stream:' .. id end
local function workerKey(worker) return base .. 'worker:' .. worker end
local function workersOf(gateway) return base .. 'workers:' .. gateway end
local function unclaimedOf(gateway) return base .. 'unclaimed:' .. gateway end
local function toldOf(gateway) return base .. 'told:' .. gateway end

-- Milliseconds as text.
local function ms(number) return string.format('%.0f', number) end

-- A first write that is never refused for want of memory lets the later writes of the same script pass, so that
-- answers, leases and deadlines go on while Redis refuses new tasks.
local function allow_writes_when_oom() call('HDEL', base .. 'none', 'x') end

-- A hint to a gateway: may be lost, so whatever it says can also be read from the keys. A Redis user who may not publish
-- loses them all; an error here would leave the script half done.
local function hint(gateway, text)
  redis.pcall('PUBLISH', string.sub(base, 1, string.find(base, '{', 1, true) - 1) .. 'gateway:' .. gateway, text)
end
