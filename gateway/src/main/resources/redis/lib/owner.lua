-- Whether a caller may see a task. `owners`: the tags of the owners whose tasks the caller may see, separated by spaces; '' = every
-- task. The owner of a task never changes. Only a caller that may see every task may see a task without an owner.
local function mayHave(id, owners)
  if owners == '' then return true end
  local owner = call('HGET', taskKey(id), 'owner')
  return owner and string.find(' ' .. owners .. ' ', ' ' .. owner .. ' ', 1, true) ~= nil
end
