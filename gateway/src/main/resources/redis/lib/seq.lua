-- Each task keeps its `seq`, the number under which its group accepted it. The queue is sorted by it.
local function seqOf(id) return tonumber(call('HGET', taskKey(id), 'seq')) end
