-- The same page again and again, by the operator.
function request()
  return wrk.format('GET', nil, { ['Authorization'] = 'Bearer bench-operator' })
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('counted %d %d %d %d %d\n', summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
