-- SPDX-License-Identifier: GPL-3.0-or-later
-- How wrk tells all latencies, in µs, each with how often it was seen. Sends requests with the method and body of its arguments.
function init(arguments)
  wrk.method = arguments[1] or wrk.method
  wrk.body = arguments[2]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("summary %d %d %d\n", summary.requests, summary.duration,
                         errors.connect + errors.read + errors.write + errors.status + errors.timeout))
  for i = 1, #latency do
    local value, count = latency(i)
    io.write(string.format("latency %d %d\n", value, count))
  end
end
