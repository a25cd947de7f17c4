-- How long the tasks of the group run. The scripts use it to refuse, or to end early, a task that cannot end in time. `pace` is a
-- hash: '*' for all tasks and 'm:<model>' for up to 32 models, each 'mean deviation count' of the ended runs, in ms, where the last
-- 16 runs or so count most; 'pressedAt' is when the group last refused, gave up or cut a task for want of time. A run is the time
-- that a task kept its slot. The hash expires ten minutes after the last run, and later after a long run.
local PACE = base .. 'pace'
local MODELS = 32

local function paceOf(model) return 'm:' .. model end

-- Mean, deviation and count of a field of `pace`; nil when the field is not set.
local function readPace(text)
  local mean, deviation, count = string.match(text or '', '^(%S+) (%S+) (%S+)$')
  return tonumber(mean), tonumber(deviation), tonumber(count)
end

-- The field after one more run. The first 16 runs count alike, each later run counts a sixteenth.
local function learn(text, run)
  local mean, deviation, count = readPace(text)
  if not mean then return string.format('%.1f %.1f 1', run, run / 2) end
  count = math.min(count + 1, 16)
  local off = run - mean
  return string.format('%.1f %.1f %d', mean + off / count, deviation + (math.abs(off) - deviation) / count, count)
end

-- Notes that the workers are short of time. For a while the group then hands out only tasks that will very likely end in time.
local function press() call('HSET', PACE, 'pressedAt', stamp) end

-- A slot is free again after a run of a task of this model ('' = no model). cut: the worker gave the task up at its deadline, so
-- the task would have run longer. Such a run counts double, within bounds: one worker that hangs says little about the others.
local function noteRun(model, run, cut)
  local field = model ~= '' and paceOf(model) or '*'
  local v = call('HMGET', PACE, '*', field)
  if cut then
    local mean = readPace(v[2] or v[1])
    if not mean or run <= mean then return end
    run = math.min(2 * run, 4 * mean + 1000)
    press()
  end
  if field ~= '*' and (v[2] or call('HLEN', PACE) <= MODELS) then
    call('HSET', PACE, '*', learn(v[1], run), field, learn(v[2], run))
  else
    call('HSET', PACE, '*', learn(v[1], run))
  end
  -- Long enough to learn from long runs, and short enough that unused groups leave nothing behind.
  call('PEXPIRE', PACE, ms(math.min(86400000, math.max(600000, 20 * run))))
end

-- The time within which nearly every run ends. At most 0.9 of the timeout, so that a task which has waited less than a tenth of its
-- timeout is never too late.
local function safeTime(mean, deviation, timeout) return math.min(mean + 1.5 * deviation + 50, 0.9 * timeout) end

-- Whether a task of this model has too little time left to be handed out. While the workers are not short of time, half a mean run
-- is enough: then a task that fails takes no turn from another task.
local function isTooLate(model, enqueuedAt, deadline)
  local v = call('HMGET', PACE, '*', paceOf(model), 'pressedAt')
  local mean, deviation = readPace(v[2] or v[1])
  if not mean then return false end
  local timeout = deadline - enqueuedAt
  local pressed = now - tonumber(v[3] or 0) <= 2 * readPace(v[1]) + 1000
  return deadline - now < (pressed and safeTime(mean, deviation, timeout) or math.min(mean, timeout) / 2)
end

-- How many ms too late a worker would be free for a new task of this model; 0 = in time, or fewer than three runs are known.
-- waiting: how many tasks wait before it. patience: how long the task itself may wait, in ms. The wait is a sum of runs; neither
-- the mean nor the sum is known exactly, so both get a margin.
local function lateBy(model, timeout, waiting, patience)
  local v = call('HMGET', PACE, '*', paceOf(model))
  local mean, deviation, count = readPace(v[1])
  local slots = call('SCARD', WORKERS)
  if not mean or count < 3 or slots == 0 then return 0 end
  local before = waiting + 1
  local wait = (before * (mean + 0.25 * deviation) + math.sqrt(before) * deviation) / slots
  if v[2] then mean, deviation = readPace(v[2]) end
  return math.max(0, wait - patience, wait + safeTime(mean, deviation, timeout) - timeout)
end
