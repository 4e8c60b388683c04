// The table of the callbacks, the calls in flight, and what of them needs attention.
const INTERVAL = 2;  // seconds between two points of the recent calls
const COLUMNS = [
  ["Callback", (each) => each.Function],
  ["Calls/s", (each) => each.rate],
  ["Mean ms", (each) => each.mean],
  ["Calls", (each) => each.Calls],
  ["Errors", (each) => each.Errors],
  ["In flight", (each) => each.InFlight],
  ["Longest s", (each) => each.LongestSeconds],
];
let sorted = {column: 5, down: true};

function withRates(callback) {
  const calls = callback.RecentCalls ?? [];
  const latest = calls.slice(-5);
  const recent = sum(calls);
  const seconds = recent ? sum(callback.RecentSeconds) / recent : callback.Calls ? callback.Seconds / callback.Calls : 0;
  return {...callback, rate: latest.length ? sum(latest) / latest.length / INTERVAL : 0, mean: seconds,
    recent, failed: sum(callback.RecentErrors ?? [])};
}

function compare(one, other) {
  const value = COLUMNS[sorted.column][1];
  const order = value(one) < value(other) ? -1 : value(one) > value(other) ? 1 : one.Calls - other.Calls;
  return sorted.down ? -order : order;
}

function callbackRow(callback, bounds) {
  const name = make("div", {}, make("div", {class: "name"}, callback.Function),
    make("div", {class: "place"}, `${callback.Kind}, ${callback.Place}`));
  return row(name, [number(callback.rate, 1), "number"], [milliseconds(callback.mean), "number"],
    [number(callback.Calls), "number"], [number(callback.Errors), callback.Errors ? "number bad" : "number"],
    [number(callback.InFlight), "number"], [number(callback.LongestSeconds, 3), "number"],
    sparkline(callback.RecentCalls ?? [], callback.RecentErrors ?? []), histogram(callback.Buckets, bounds));
}

function showColumns() {
  const heads = COLUMNS.map(([title], index) => {
    const button = make("button", {type: "button"}, title);
    button.addEventListener("click", () => {
      sorted = {column: index, down: sorted.column === index ? !sorted.down : index > 0};
      showSorting();
      showCallbacks(latest.status);
    });
    return make("th", {scope: "col", class: index ? "number" : ""}, button);
  });
  fill("callback-columns", [...heads, make("th", {scope: "col"}, "Last minutes"), make("th", {scope: "col"}, "Times")]);
  showSorting();
}

function showSorting() {
  [...find("callback-columns").children].forEach((head, index) => {
    if (index === sorted.column) head.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  });
}

function showCallbacks(status) {
  if (!status) return;
  const callbacks = status.Callbacks.map(withRates).sort(compare);
  fill("callback-rows", callbacks.map((each) => callbackRow(each, status.BucketBounds)));
  fill("flight-rows", status.CallsInFlight.map((call) => row([number(call.Seconds, 1), "number"],
    [`${call.Kind} ${call.Function}${call.WaitsForGil ? " (waits for the GIL)" : ""}`, "text"], [call.Subject ?? "", "text"])));
}

// Sentences about what a reader should look at first.
function findings(status) {
  const found = [];
  if (!status.Responsive) found.push("Python does not answer: C code holds the GIL. Read the stacks of the threads.");
  for (const call of status.CallsInFlight) {
    if (call.Kind === "handle" && call.Seconds > 10) {
      found.push(`A callback has returned ${number(call.Seconds)} s ago, but another thread still uses its ${call.Function}. Read the stacks of the threads.`);
    } else if (call.Kind !== "orthanc" && call.Seconds > 10) {
      found.push(`${call.Function} (${call.Place}) has been running for ${number(call.Seconds)} s. Read the stacks of the threads.`);
    }
  }
  for (const callback of status.Callbacks.map(withRates)) {
    if (callback.failed) found.push(`${callback.Function} (${callback.Place}) has failed ${callback.failed} times lately, in ${callback.recent} calls.`);
    if (callback.recent && callback.mean > 1) found.push(`${callback.Function} (${callback.Place}) is slow: ${number(callback.mean, 1)} s on average.`);
  }
  const blocks = (status.History?.AllocatedBlocks ?? []).filter((value) => value > 0);
  const [early, late] = [blocks[Math.floor(blocks.length / 4)], blocks[blocks.length - 1]];
  if (blocks.length > 8 && late - early > 100000 && late > 1.2 * early) {
    found.push(`Python has ${number(late - early)} more blocks of memory than before. Find what keeps memory.`);
  }
  if (status.ChangeQueueOldestSeconds > 10) {
    found.push(`${number(status.ChangeQueueLength)} changes wait for the change callbacks, the oldest for ${number(status.ChangeQueueOldestSeconds)} s.`);
  }
  return found;
}

function showFindings(status) {
  const texts = findings(status);
  const shown = [...find("attention").children].map((item) => item.textContent);
  if (!texts.length) texts.push("Nothing so far.");
  if (texts.join("\n") !== shown.join("\n")) fill("attention", texts.map((text) => make("li", {}, text)));
}
