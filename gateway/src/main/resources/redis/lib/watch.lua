-- Adds the caller to a list of gateways in the hash of a task, separated by spaces. A task that has ended keeps its list as it is.
local function noteCaller(id, field)
  local seen = call('HMGET', taskKey(id), 'status', 'endedAt', field)
  if not seen[1] or seen[2] then return end
  local noted = seen[3] or ''
  if not string.find(' ' .. noted .. ' ', ' ' .. caller .. ' ', 1, true) then
    allow_writes_when_oom()
    call('HSET', taskKey(id), field, noted == '' and caller or noted .. ' ' .. caller)
  end
end
