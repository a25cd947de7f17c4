-- A model is a hash: `group`, to which it belongs, and for each gateway that declares it `until:<gateway>`, a time in ms.
local function modelKey(model) return base .. 'model:' .. model end

-- The group a model belongs to, or nil, and whether any gateway's declaration still holds.
local function ownerOf(model)
  local owner, lives
  local fields = call('HGETALL', modelKey(model))
  for i = 1, #fields, 2 do
    if fields[i] == 'group' then
      owner = fields[i + 1]
    elseif tonumber(fields[i + 1]) >= now then
      lives = true
    end
  end
  return owner, owner and lives or false
end
