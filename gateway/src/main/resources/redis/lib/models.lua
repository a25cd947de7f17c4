-- `declared:<model>` is a zset with one member '<group> <gateway> <holder>' for each gateway and holder whose workers declare the
-- model. The score is the time until which the declaration holds, in ms. All members name the same group: the model belongs to that
-- group while one of the members holds.
local DECLARED_MODELS = base .. 'models'
local function modelsOf(holder) return base .. 'models:' .. holder end
local function modelKey(model) return base .. 'declared:' .. model end

-- The group that a model belongs to, or nil, and whether any declaration still holds.
local function ownerOf(model)
  local last = call('ZREVRANGE', modelKey(model), 0, 0, 'WITHSCORES')
  if not last[1] then return nil, false end
  return string.match(last[1], '^%S+'), tonumber(last[2]) >= now
end
