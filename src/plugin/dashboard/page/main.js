// Asks the server again and again, while the page can be seen and is not paused.
const PERIOD = 2000;  // milliseconds
const UPDATES = 5;  // from one look at the environment to the next
const latest = {status: null};
let paused = false;
let updates = 0;
let reloading = 0;  // since when, in milliseconds
let refused = false;  // whether the last reload was

function showStatus(status) {
  if (latest.status && status.UptimeSeconds < latest.status.UptimeSeconds) updates = 0;
  latest.status = status;
  find("versions").textContent = `Orthanc ${status.Orthanc}, plugin ${status.Version}, Python ${status.Python}`;
  find("reload").hidden = !status.ReloadAllowed;
  showCallbacks(status);
  showFindings(status);
  showProcess(status);
}

function say(text) {
  if (find("state").textContent !== text) find("state").textContent = text;
}

// Show what a route answers, unless the page was paused meanwhile: a paused page keeps its elements.
async function refresh(path, show) {
  const answer = await ask(path);
  if (!paused) show(answer);
}

async function update() {
  if (paused || document.visibilityState === "hidden") return;
  try {
    await refresh("status?history=true", showStatus);
    await refresh(`log?since=${lastLine}`, showLog);
    await refresh("jobs", showJobs);
    if (latest.status?.Responsive && updates++ % UPDATES === 0) await refresh("environment", showEnvironment);
    if (reloading && latest.status.UptimeSeconds * 1000 < Date.now() - reloading) reloading = 0;
    if (!reloading && !refused) say("");
  } catch (error) {
    if (!reloading) say(`No answer: ${error.message}`);
  }
}

async function repeat() {
  await update();
  setTimeout(repeat, PERIOD);
}

async function reload() {
  find("reload").disabled = true;
  try {
    const answer = await ask("reload", {method: "POST"});
    reloading = answer.Reloaded ? Date.now() : 0;
    refused = !answer.Reloaded;
    say(answer.Reloaded ? "Reloading." : `Not reloaded: ${answer.Error}`);
  } catch (error) {
    say(`Not reloaded: ${error.message}`);
  } finally {
    find("reload").disabled = false;
  }
}

find("pause").addEventListener("click", () => {
  paused = !paused;
  find("pause").setAttribute("aria-pressed", String(paused));
});
find("reload").addEventListener("click", reload);
find("read-threads").addEventListener("click", () => readThreads().catch((error) => say(error.message)));
find("sample").addEventListener("click", () => measure("profile", showProfile));
find("measure").addEventListener("click", () => measure("allocations", showAllocations));
document.addEventListener("visibilitychange", update);

showColumns();
repeat();
