-- For the scripts that run in Redis, see LuaLintTest.
std = "lua51"
read_globals = { "redis", "KEYS", "ARGV" }
max_line_length = false
