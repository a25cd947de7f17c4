-- Every script begins with this. All keys of a group share the hash tag {group}, so a script touches one slot of a cluster.
-- KEYS[1]  base of the group's keys, <prefix>{<group>}: (it only names the slot; the functions below make the keys)
-- ARGV[1]  stamp: now in ms, as text; '0' = ask Redis (tests bring their own clock)
-- ARGV[2]  notAfter: in ms; 0 = no limit. A call that runs later changes nothing, because its caller has given up
-- ARGV[3]  ttl: how long an ended task stays readable, in ms
-- ARGV[4]  caller: id of the calling gateway
--
-- Redis creates every function of a script again at each call, which costs about 0.1 microseconds each. So a script includes
-- only what it needs. A library that the usual case does not need is marked `deferred`; it stands behind the return of that case.
-- Times go to Redis as text, because a number costs half a microsecond more.
-- These files make all keys: call, registry, models, pace. ScriptKeysTest compares each key with the class Keys.
local call = redis.call
local base = KEYS[1]
local stamp, notAfter, ttl, caller = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
if stamp == '0' then
  local time = call('TIME')
  stamp = time[1] .. string.sub('00' .. math.floor(time[2] / 1000), -3)
end
local now = tonumber(stamp)
if notAfter > 0 and now > notAfter then return {'late'} end

local QUEUE, IDLE, DEADLINES = base .. 'queue', base .. 'idle', base .. 'deadlines'
local LEASES, WORKERS, META = base .. 'leases', base .. 'workers', base .. 'meta'
local RETURNING, UNSAID = base .. 'returning', base .. 'unsaid'
local function taskKey(id) return base .. 'task:' .. id end
local function aboutKey(id) return base .. 'board:about:' .. id end
local function chunksOf(id) return base .. 'stream:' .. id end
local function workerKey(worker) return base .. 'worker:' .. worker end
local function workersOf(gateway) return base .. 'workers:' .. gateway end
local function unclaimedOf(gateway) return base .. 'unclaimed:' .. gateway end
local function toldOf(gateway) return base .. 'told:' .. gateway end
local function channelOf(gateway) return string.sub(base, 1, string.find(base, '{', 1, true) - 1) .. 'gateway:' .. gateway end

-- Milliseconds as text.
local function ms(number) return string.format('%.0f', number) end

-- Redis checks the memory limit at the first write of a script only, and never refuses HDEL for want of memory. So this write
-- lets the later writes pass: answers, leases and deadlines go on while Redis refuses new tasks. No field has this name.
local function allow_writes_when_oom() call('HDEL', META, 'none') end

-- Sends a hint to a gateway. A hint may be lost, so the keys hold everything that a hint says. A Redis user without the right to
-- publish loses all hints: pcall keeps that error from stopping the script half-way.
local function hint(gateway, text) redis.pcall('PUBLISH', channelOf(gateway), text) end
