// Elements and texts. Nothing that the server sends becomes markup: texts are text nodes, attributes are set by name.
const SVG = "http://www.w3.org/2000/svg";
const BASE = location.pathname.endsWith("/") ? "" : `${location.pathname.split("/").pop()}/`;

const find = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// A row of a table; a cell is an element, or a text with an optional class.
function row(...cells) {
  return make("tr", {}, ...cells.map((cell) => {
    if (cell instanceof Node) return make("td", {}, cell);
    const [text, kind] = Array.isArray(cell) ? cell : [cell, ""];
    return make("td", kind ? {class: kind} : {}, text);
  }));
}

function fill(id, elements, otherwise = "") {
  find(id).replaceChildren(...(elements.length || !otherwise ? elements : [otherwise]));
}

// A list of names and values.
function describe(id, pairs) {
  find(id).replaceChildren(...pairs.flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

const number = (value, digits = 0) =>
  value.toLocaleString("en", {minimumFractionDigits: digits, maximumFractionDigits: digits});

const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");

function duration(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const text = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return parts[0] < 24 ? text : `${number(Math.floor(parts[0] / 24))} d ${text.replace(/^\d+/, String(parts[0] % 24).padStart(2, "0"))}`;
}

const milliseconds = (seconds) => number(seconds * 1000, seconds < 0.1 ? 2 : 0);

class Refused extends Error {
  constructor(message, reason) {
    super(message);
    this.reason = reason;
  }
}

// The JSON of one of the plugin's routes.
async function ask(path, {method = "GET", seconds = 15} = {}) {
  const answer = await fetch(BASE + path, {
    method,
    cache: "no-store",
    headers: {"Accept": "application/json", "X-Orthanc-Python": "dashboard"},
    signal: AbortSignal.timeout(seconds * 1000),
  });
  if (!answer.ok) {
    const said = await answer.json().catch(() => null);
    throw new Refused(`Orthanc answered ${path.split("?")[0]} with status ${answer.status}`, said?.Text);
  }
  return answer.json();
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
