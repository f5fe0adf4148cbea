-- The same page again and again, by whoever has the cookie.
-- Arguments: the cookie.
local cookie

function init(arguments)
  cookie = arguments[1]
end

function request()
  return wrk.format('GET', nil, { ['Cookie'] = cookie, ['Accept-Language'] = 'en' })
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
