"""What Redis does in one go: Lua, run by the server between two commands of others."""

from __future__ import annotations

from typing import Final

# A collection has these keys below the root of its store: `r` records by id, `i` an index each, `x` which indexes
# there are and whether they are complete, `u` unique keys, `c` counters, `m` all else. `v` holds a token for each
# collection, a new one after each write; a resource without one was not written to.

_DROP: Final = """
local function drop(root, resource)
  for _, index in ipairs(redis.call('HKEYS', root .. ':x:' .. resource)) do
    redis.call('DEL', root .. ':i:' .. resource .. ':' .. index)
  end
  for _, kind in ipairs({'r', 'x', 'u', 'c', 'm'}) do
    redis.call('DEL', root .. ':' .. kind .. ':' .. resource)
  end
  redis.call('HDEL', root .. ':v', resource)
end
"""

FIND: Final = """
return {redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[2])}
"""
"""Keys v, r; resource, id -> token, record."""

LOOK: Final = """
return {redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3]),
        redis.call('ZCARD', KEYS[4])}
"""
"""Keys v, x, m and the index of all; resource -> token, indexes, the rest, number of live records."""

ASK: Final = """
return {redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[2])}
"""
"""Keys v and a hash; resource, field -> token, value."""

PAGE: Final = """
local token = redis.call('HGET', KEYS[1], ARGV[1])
if not token or redis.call('HGET', KEYS[2], ARGV[2]) ~= '1' then return false end
local index, at = KEYS[3], 7
local function spans()
  local list, many = {}, tonumber(ARGV[at])
  at = at + 1
  if many < 0 then return nil end
  for _ = 1, many do
    table.insert(list, {ARGV[at], ARGV[at + 1]})
    at = at + 2
  end
  return list
end
local function size(span) return redis.call('ZLEXCOUNT', index, '[' .. span[1], '(' .. span[2]) end
local function count(list)
  local sum = 0
  for _, span in ipairs(list) do sum = sum + size(span) end
  return sum
end
local whole, later, part = spans(), spans(), spans()
local backwards, from_end = ARGV[3] == '1', ARGV[4] == '1'
local offset, limit = tonumber(ARGV[5]), tonumber(ARGV[6])
local total, there = count(whole), count(part)
local low = later and total - count(later) or 0
local skipped = math.min(offset, there)
local left = math.min(limit, there - skipped)
local start = low + (from_end and there - skipped - left or skipped)
local reverse = backwards ~= from_end
local members = {}
for number = 1, #part do
  local span = part[reverse and #part + 1 - number or number]
  local many = size(span)
  if skipped >= many then
    skipped = skipped - many
  elseif left > 0 then
    local first = redis.call('ZLEXCOUNT', index, '-', '(' .. span[1])
    local wanted = math.min(left, many - skipped)
    if reverse then
      local last = first + many - 1 - skipped
      local found = redis.call('ZRANGE', index, last - wanted + 1, last)
      for one = #found, 1, -1 do table.insert(members, found[one]) end
    else
      for _, one in ipairs(redis.call('ZRANGE', index, first + skipped, first + skipped + wanted - 1)) do
        table.insert(members, one)
      end
    end
    left = left - wanted
    skipped = 0
  end
end
local answer = {token, total, start}
for one = 1, #members, 1000 do
  local ids = {}
  for other = one, math.min(one + 999, #members) do
    local member = members[other]
    local high, low_byte = string.byte(member, -2, -1)
    table.insert(ids, string.sub(member, -2 - high * 256 - low_byte, -3))
  end
  local values = redis.call('HMGET', KEYS[4], unpack(ids))
  for other = 1, #ids do
    table.insert(answer, ids[other])
    table.insert(answer, values[other])
  end
end
return answer
"""
"""Keys v, x, an index, r; resource, index, backwards, from the end, offset, limit, stretches of the whole, of what is
later and of the part (each with their number before) -> token, total, start, ids and records; nothing if the index
is not complete."""

COMMIT: Final = (
    _DROP
    + """
local at = 1
local function take()
  at = at + 1
  return ARGV[at - 1]
end
for _ = 1, tonumber(take()) do
  local key, resource, token = take(), take(), take()
  if (redis.call('HGET', key, resource) or '') ~= token then return 0 end
end
for _ = 1, tonumber(take()) do drop(take(), take()) end
for _ = 1, tonumber(take()) do
  local many = tonumber(take())
  redis.call(unpack(ARGV, at, at + many - 1))
  at = at + many
end
for _ = 1, tonumber(take()) do
  local key, resource = take(), take()
  redis.call('HSET', key, resource, redis.call('INCR', KEYS[1]))
end
return 1
"""
)
"""Key of the clock of tokens; checks (v, resource, token), collections to drop (root, resource), commands, and
collections that are written to (v, resource) -> 1; 0 if a token is another, and nothing was done."""

RESET: Final = (
    _DROP
    + """
for _, resource in ipairs(redis.call('HKEYS', ARGV[1] .. ':v')) do drop(ARGV[1], resource) end
"""
)
"""Root of a store: drops all collections."""

FORGET: Final = (
    _DROP
    + """
local world = ARGV[1]
for _, document in ipairs(redis.call('SMEMBERS', world .. '::d')) do
  local root = world .. ':' .. document
  for _, resource in ipairs(redis.call('HKEYS', root .. ':v')) do drop(root, resource) end
end
for _, kind in ipairs({'d', 'n', 'l', 'k'}) do redis.call('DEL', world .. '::' .. kind) end
redis.call('SREM', KEYS[1], ARGV[2])
"""
)
"""Key of the set of worlds; root and name of a world: drops it."""

BEGIN_INDEX: Final = """
local before = redis.call('HGET', KEYS[1], ARGV[1])
if not before then return false end
if redis.call('HSETNX', KEYS[2], ARGV[2], '0') == 0 then return {before, before} end
local token = redis.call('INCR', KEYS[3])
redis.call('HSET', KEYS[1], ARGV[1], token)
return {before, tostring(token)}
"""
"""Keys v, x, clock; resource, index: from now on all who write keep this index -> token before and after."""

FILL_INDEX: Final = """
for at = 1, #ARGV, 3 do
  local value = redis.call('HGET', KEYS[2], ARGV[at])
  if value and string.sub(value, 1, 17) == ARGV[at + 1] then redis.call('ZADD', KEYS[1], 0, ARGV[at + 2]) end
end
"""
"""Keys of an index, r; (id, head of the record, member)...: enters the records that have not changed meanwhile."""

END_INDEX: Final = """
if redis.call('HGET', KEYS[1], ARGV[1]) then redis.call('HSET', KEYS[1], ARGV[1], '1') end
"""
"""Key x; index: it is complete."""

WRITE_NOTE: Final = """
local found = redis.call('HGET', KEYS[1], ARGV[1])
local version = found and tonumber(string.match(found, '^%d+')) or 0
if ARGV[3] ~= '' and tonumber(ARGV[3]) ~= version then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], (version + 1) .. ' ' .. ARGV[2])
if ARGV[4] ~= '' then redis.call('SADD', KEYS[2], ARGV[4]) end
return version + 1
"""
"""Keys n, worlds; name, text, version expected or nothing, world -> version; 0 if it is another."""

APPEND: Final = """
local number = redis.call('INCR', KEYS[1])
redis.call('RPUSH', KEYS[2], number .. ' ' .. ARGV[1])
redis.call('LTRIM', KEYS[2], -tonumber(ARGV[2]), -1)
if ARGV[3] ~= '' then redis.call('SADD', KEYS[3], ARGV[3]) end
return number
"""
"""Keys k, l, worlds; text, how many to keep, world -> number."""
