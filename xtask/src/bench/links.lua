-- Sign-in links for many contacts, asked for by many callers in turns: each of them has a limit by the minute.
-- Arguments: how many callers, how many accounts, where to begin.
local callers, accounts, turn
local types = { 'regular', 'billing', 'administrator', 'technical' }
local encoded = {}

-- RFC 4648, section 4; the texts here have a length that needs no filling up, or are filled up with `=`.
local alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
local function base64(text)
  local out = {}
  for at = 1, #text, 3 do
    local a, b, c = text:byte(at, at + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    local four = { math.floor(n / 262144) % 64, math.floor(n / 4096) % 64, math.floor(n / 64) % 64, n % 64 }
    for place = 1, 4 do
      local is_filler = (place == 3 and not b) or (place == 4 and not c)
      out[#out + 1] = is_filler and '=' or alphabet:sub(four[place] + 1, four[place] + 1)
    end
  end
  return table.concat(out)
end

function init(arguments)
  callers, accounts, turn = tonumber(arguments[1]), tonumber(arguments[2]), tonumber(arguments[3])
  for caller = 1, callers do
    encoded[caller] = base64(string.format('app-%03d:correct horse %03d', caller, caller))
  end
end

function request()
  turn = turn + 1
  local path = string.format('/accounts/acct-%04d/contacts/%s/supportSSOLink', math.floor(turn / 4) % accounts + 1, types[turn % 4 + 1])
  return wrk.format('GET', path, { ['Authorization'] = 'Basic ' .. encoded[turn % callers + 1] })
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
