-- Takes models back that no worker of the calling gateway serves any more.
-- ARGV[5] group   [6] holder: whose workers they were   [7...] models
-- Returns
--   {'retracted'}
-- Changes: models, models:<holder>, model:<name>. What another gateway declares of the same group stays.
-- Called by: ModelAnnouncer.
--@include call
--@include models
relieve()
local group, index, mine = ARGV[5], base .. 'models', base .. 'models:' .. ARGV[6]
for i = 7, #ARGV do
  local model = ARGV[i]
  call('ZREM', mine, model)
  local owner = ownerOf(model)
  if owner == group then
    call('HDEL', modelKey(model), 'until:' .. caller)
    local _, lives = ownerOf(model)
    if not lives then
      call('DEL', modelKey(model))
      call('ZREM', index, group .. ' ' .. model)
    end
  end
end
return {'retracted'}
