-- How long the tasks of the group run, so that no task waits or runs that cannot end in time. `pace` is a hash: '*' of all
-- tasks, 'm:<model>' of up to 32 models, each 'mean deviation count' of the runs that ended, in ms, the last sixteen or so
-- counting most; 'pressedAt', when a task was last refused, given up or cut for want of time. It expires ten minutes after
-- the last run, after a long run later. A run is the time that a task kept its slot.
local PACE = base .. 'pace'
local MODELS = 32

local function paceOf(model) return 'm:' .. model end

-- Mean, deviation and count of a field of `pace`; nil when nothing is known.
local function readPace(text)
  local mean, deviation, count = string.match(text or '', '^(%S+) (%S+) (%S+)$')
  return tonumber(mean), tonumber(deviation), tonumber(count)
end

-- The field after one more run. The first runs count alike, later ones a sixteenth each.
local function learn(text, run)
  local mean, deviation, count = readPace(text)
  if not mean then return string.format('%.1f %.1f 1', run, run / 2) end
  count = math.min(count + 1, 16)
  local off = run - mean
  return string.format('%.1f %.1f %d', mean + off / count, deviation + (math.abs(off) - deviation) / count, count)
end

-- From now on for a while the time of the workers is short: only tasks that will very likely end in time are handed out.
local function press() call('HSET', PACE, 'pressedAt', stamp) end

-- A slot is free again after a run of a task of this model ('' = of none). cut: the worker gave the task up at its deadline, so
-- the task would have run longer. The run counts double then, within bounds: one worker that hangs says little of the others.
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
  -- Long enough to learn from long runs; short, so that names of groups do not pile up.
  call('PEXPIRE', PACE, ms(math.min(86400000, math.max(600000, 20 * run))))
end

-- What a run takes nearly always; but a task that waited less than a tenth of its timeout is never called too late.
local function safeTime(mean, deviation, timeout) return math.min(mean + 1.5 * deviation + 50, 0.9 * timeout) end

-- Whether a task of this model has too little time left to be handed out. While workers are free now and then, half a typical
-- run is enough: a task that fails costs no other task its turn.
local function isTooLate(model, enqueuedAt, deadline)
  local v = call('HMGET', PACE, '*', paceOf(model), 'pressedAt')
  local mean, deviation = readPace(v[2] or v[1])
  if not mean then return false end
  local timeout = deadline - enqueuedAt
  local pressed = now - tonumber(v[3] or 0) <= 2 * readPace(v[1]) + 1000
  return deadline - now < (pressed and safeTime(mean, deviation, timeout) or math.min(mean, timeout) / 2)
end

-- How many ms too late a worker would be free for a new task of this model behind so many that wait, which itself may wait for
-- `patience` ms; 0 = in time, as far as is known after three runs. The wait is a sum of runs, of which neither the mean nor the sum is known exactly.
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
