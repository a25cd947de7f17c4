-- Whether a caller may have a task. `owners`: tags of the owners whose tasks the caller may have, separated by spaces; '' = every
-- task. The owner of a task never changes. A task without an owner is for those only who may have every task.
local function mayHave(id, owners)
  if owners == '' then return true end
  local owner = call('HGET', taskKey(id), 'owner')
  return owner and string.find(' ' .. owners .. ' ', ' ' .. owner .. ' ', 1, true) ~= nil
end
