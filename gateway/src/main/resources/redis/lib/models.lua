-- A model is a zset: '<group> <gateway> <holder>' for each gateway and holder with workers that declare it, by until when that
-- holds in ms. All members have the same group: the model belongs to it while one of them holds.
local function modelKey(model) return base .. 'declared:' .. model end

-- The group a model belongs to, or nil, and whether any declaration still holds.
local function ownerOf(model)
  local last = call('ZREVRANGE', modelKey(model), 0, 0, 'WITHSCORES')
  if not last[1] then return nil, false end
  return string.match(last[1], '^%S+'), tonumber(last[2]) >= now
end
