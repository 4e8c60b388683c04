// The interpreter, the packages, the scripts; and the process over time.
const STATES = {running: "running", changed: "running, its file has changed since the start", missing: "running, its file is gone"};

function showEnvironment({Interpreter: python, Scripts: scripts, Packages: packages}) {
  fill("script-rows", scripts.map((script) => row([script.Name, "name"], [STATES[script.State] ?? script.State, script.State === "running" ? "" : "warning"],
    [script.File, "place"])));
  describe("interpreter", [["Version", python.Version], ["Executable", python.Executable], ["Environment", python.Environment],
    ["Made from", python.BaseEnvironment], ["Free-threaded", python.FreeThreaded ? "yes" : "no"], ["Platform", python.Platform],
    ["Search path", python.SearchPath.join(" \u00b7 ")]]);
  find("packages-title").textContent = `${packages.length} packages`;
  fill("package-rows", packages.map((each) => row(each.Name, each.Version)));
}

const megabytes = (bytes) => `${number(bytes / 1e6, 1)} MB`;

function differences(values, times) {
  return values.map((value, index) => (index ? Math.max(0, value - values[index - 1]) / Math.max(1, times[index] - times[index - 1]) : null)).slice(1);
}

function showProcess(status) {
  const {History: history} = status;
  describe("numbers", [
    ["Up", duration(status.UptimeSeconds)], ["Resident memory", megabytes(status.ResidentBytes)],
    ["Blocks of Python", status.Responsive ? number(status.AllocatedBlocks) : "unknown"],
    ["Threads of Python", status.Responsive ? number(status.PythonThreads) : "unknown"],
    ["Worker processes", status.Responsive ? number(status.Workers) : "unknown"],
    ["Threads of the process", number(status.ProcessThreads)], ["Threads that wait for the GIL", number(status.GilWaitingThreads)],
    ["Changes that wait", number(status.ChangeQueueLength)], ["Starts that failed", number(status.StartErrors)],
  ]);
  if (!history) return;
  const {Times: times} = history;
  const rate = (value) => `${number(value, 1)}/s`;
  const charts = [
    chart("Resident memory", times, history.ResidentBytes.map((value) => value || null), megabytes),
    chart("Blocks of Python", times, history.AllocatedBlocks.map((value) => value || null), number),
    chart("Calls", times, differences(history.Calls, times), rate),
    chart("Errors", times, differences(history.Errors, times), rate),
    chart("Changes that wait", times, history.ChangeQueueLength, number),
    chart("Threads that wait for the GIL", times, history.GilWaitingThreads, number),
  ];
  fill("charts", charts.filter(Boolean));
}
