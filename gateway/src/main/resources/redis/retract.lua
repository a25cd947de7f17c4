-- Takes models back that no worker of the holder at the calling gateway serves any more.
-- ARGV[5] group   [6] holder: whose workers they were   [7...] models
-- Returns
--   {'retracted'}
-- Changes: models, models:<holder>, declared:<name>. What another gateway or holder declares of the same group stays.
-- Called by: ModelAnnouncer.
--@include call
--@include models
allow_writes_when_oom()
local group, index, mine = ARGV[5], base .. 'models', base .. 'models:' .. ARGV[6]

-- Whether the holder declares the model at another gateway. Among more declarations than 100 this is not searched for: then
-- the model counts for the holder until its time is over.
local function declaresElsewhere(key)
  local others = call('ZRANGE', key, 0, 100)
  if #others > 100 then return true end
  for _, other in ipairs(others) do
    if string.match(other, '^%S+ %S+ (.*)$') == ARGV[6] then return true end
  end
  return false
end

for i = 7, #ARGV do
  local model = ARGV[i]
  local key = modelKey(model)
  call('ZREM', key, group .. ' ' .. caller .. ' ' .. ARGV[6])
  call('ZREMRANGEBYSCORE', key, '-inf', '(' .. stamp)
  if not declaresElsewhere(key) then call('ZREM', mine, model) end
  if ownerOf(model) ~= group then call('ZREM', index, group .. ' ' .. model) end
end
return {'retracted'}
