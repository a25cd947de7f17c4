-- Takes back the declaration of models that no worker of the holder at the calling gateway serves any more.
-- ARGV[5]  group
-- ARGV[6]  holder: the key or address of the workers
-- ARGV[7...]  the models
-- Returns
--   {'retracted'}
-- Changes: models, models:<holder>, declared:<model>. Declarations by other gateways or holders of the same group stay.
-- Called by: ModelAnnouncer.
--@include call
--@include models
local group, holder, FIRST = ARGV[5], ARGV[6], 7
allow_writes_when_oom()
local mine = modelsOf(holder)

-- Whether another gateway declares the model for the holder. Among more than 100 declarations this does not search: then the model
-- counts for the holder until its declaration expires.
local function declaresElsewhere(key)
  local others = call('ZRANGE', key, 0, 100)
  if #others > 100 then return true end
  for _, other in ipairs(others) do
    if string.match(other, '^%S+ %S+ (.*)$') == holder then return true end
  end
  return false
end

for i = FIRST, #ARGV do
  local model = ARGV[i]
  local key = modelKey(model)
  call('ZREM', key, group .. ' ' .. caller .. ' ' .. holder)
  call('ZREMRANGEBYSCORE', key, '-inf', '(' .. stamp)
  if not declaresElsewhere(key) then call('ZREM', mine, model) end
  if ownerOf(model) ~= group then call('ZREM', DECLARED_MODELS, group .. ' ' .. model) end
end
return {'retracted'}
