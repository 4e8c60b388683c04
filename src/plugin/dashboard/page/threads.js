// The threads with their stacks, on demand, and the jobs that scripts have made.
function stackText(entries) {
  return entries.map((entry) => `File "${entry.File}", line ${entry.Line}${entry.Function ? `, in ${entry.Function}` : ""}\n    ${entry.Code}`).join("\n");
}

function threadElement(thread, otherwise) {
  const calls = thread.Callbacks.map((call) => `runs ${call.Kind} ${call.Function} for ${number(call.Seconds, 1)} s`);
  const waits = thread.WaitsFor ? [`waits for ${thread.WaitsFor}`] : [];
  const element = make("details", {}, make("summary", {}, [thread.Name || thread.Identifier, ...calls, ...waits].join(", ")),
    make("pre", {}, stackText(thread.Stack) || otherwise));
  element.open = thread.Callbacks.length > 0;
  return element;
}

async function readThreads() {
  const answer = await ask("threads");
  const otherwise = answer.Text ?? "No function of a script.";
  const elements = answer.Responsive ? answer.Threads.map((thread) => threadElement(thread, otherwise)) : [make("pre", {}, answer.Text)];
  fill("thread-list", elements, make("p", {}, "No thread is in Python."));
}

function showJobs(jobs) {
  fill("job-rows", jobs.map((job) => row([job.Type, "text"], [job.State, job.State === "Failure" ? "bad" : ""],
    [`${job.Progress} %`, "number"], job.CreationTime ?? "", [number(job.EffectiveRuntime ?? 0, 1), "number"], [job.ID, "text place"])));
}
