// The last errors of each callback, and the lines of the log as they come.
const MOST_LINES = 500;
let lastLine = 0;
let shownErrors = "";

function errorElement(error, open) {
  const where = error.Function === undefined ? "" : ` (${error.Errors} so far)`;
  const element = make("details", {}, make("summary", {}, `${clock(error.Time)} ${error.What}${where}`), make("pre", {}, error.Text));
  element.open = open;
  element.dataset.key = `${error.Time} ${error.What}`;
  return element;
}

function showErrors(errors) {
  const state = JSON.stringify(errors);
  if (state === shownErrors) return;
  shownErrors = state;
  const open = new Set([...find("error-list").querySelectorAll("details[open]")].map((each) => each.dataset.key));
  fill("error-list", errors.map((error) => errorElement(error, open.has(`${error.Time} ${error.What}`))), make("p", {}, "None."));
}

function lineElement(line) {
  const element = make("p", {class: line.Level === "error" ? "bad" : "warning"}, `${clock(line.Time)} ${line.Level}: ${line.Text}`);
  element.hidden = line.Level !== "error" && find("only-errors").checked;
  return element;
}

function showLines(lines) {
  const box = find("log-lines");
  const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 8;
  box.append(...lines.map(lineElement));
  while (box.children.length > MOST_LINES) box.firstElementChild.remove();
  if (atEnd) box.scrollTop = box.scrollHeight;
}

function showLog(log) {
  if (log.Last < lastLine) {  // the server has started again: ask for all lines the next time
    lastLine = 0;
    find("log-lines").replaceChildren();
    return;
  }
  lastLine = log.Last;
  showLines(log.Lines);
  showErrors(log.Errors);
}

find("only-errors").addEventListener("change", () => {
  for (const line of find("log-lines").children) line.hidden = find("only-errors").checked && line.className !== "bad";
});
