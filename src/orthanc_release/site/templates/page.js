// SPDX-License-Identifier: GPL-3.0-or-later
// Leads from three answers to one file. The files are in the page already; without this script its table leads to them.
"use strict";
{
  const QUESTIONS = ["system", "processor", "python"];
  const form = document.getElementById("choice");
  const status = document.getElementById("status");
  const cards = [...document.querySelectorAll(".file")];
  const offered = cards.filter((card) => card.dataset.choice);
  let touched = false;

  const inputs = (question) => [...form.querySelectorAll(`input[name=${question}]`)];
  const answer = (question) => inputs(question).find((input) => input.checked)?.value;
  const serves = (card, python) => card.dataset.choice.split(" ").includes(python);

  // The files for one Python, the best first: a plugin that stands alone, a bundle, a wheel.
  function candidates(system, processor, python) {
    const here = offered.filter((card) => card.dataset.system === system && card.dataset.processor === processor);
    const kinds = python === "any" ? ["bundle"] : ["plugin", "bundle", "wheel"];
    return kinds.flatMap((kind) =>
      here.filter((card) => card.dataset.kind === kind && (python === "any" || serves(card, python))));
  }

  function check(question, value) {
    for (const input of inputs(question)) input.checked = input.value === value;
  }

  // Hides the answers that lead nowhere, and takes the first one that does if the present one is among them.
  function offer(question, leads) {
    for (const input of inputs(question)) input.closest("label").hidden = !leads(input.value);
    const shown = inputs(question).filter((input) => leads(input.value));
    if (!shown.some((input) => input.checked)) check(question, shown[0]?.value);
    return answer(question);
  }

  function show(card) {
    for (const each of cards) each.classList.toggle("chosen", each === card);
    const text = (selector) => card.querySelector(selector).textContent;
    status.textContent = `${text("h2")}, ${text(".platform")}: ${card.id}, ${text(".size")}`;
  }

  function choose() {
    const pythons = inputs("python").map((input) => input.value);
    const system = offer("system", (value) => offered.some((card) => card.dataset.system === value));
    const processor = offer("processor", (value) => pythons.some((python) => candidates(system, value, python).length));
    const python = offer("python", (value) => candidates(system, processor, value).length);
    const [card] = candidates(system, processor, python);
    if (card) show(card);
    return card;
  }

  // Return the name behind the # of the address; undefined if it is not encoded as an address should be.
  function named() {
    try {
      return decodeURIComponent(location.hash.slice(1));
    } catch {
      return undefined;
    }
  }

  // Shows the file that the address names; the answers follow it where they lead to it.
  function follow() {
    const name = named();
    const card = cards.find((each) => each.id === name);
    if (!card) return false;
    const {system, processor, kind, choice} = card.dataset;
    const answers = [system, processor, kind === "bundle" ? "any" : choice.split(" ")[0]];
    const leads = choice && candidates(...answers)[0] === card;
    QUESTIONS.forEach((question, index) => check(question, leads ? answers[index] : undefined));
    if (leads) choose();
    else show(card);
    return true;
  }

  // Return the browser's own description of its machine; undefined without one, or without a true one.
  async function guess() {
    const agent = navigator.userAgent;
    const data = navigator.userAgentData;
    const platform = data?.platform || (/Android|iPhone|iPad|CrOS/.test(agent) ? "" : agent);
    const system = [["windows", /Windows/], ["macos", /mac ?OS|Macintosh/i], ["linux", /Linux|X11/]]
      .find(([, pattern]) => pattern.test(platform))?.[0];
    const {architecture, bitness} = (await data?.getHighEntropyValues(["architecture", "bitness"]).catch(() => null)) ?? {};
    let processor;
    if (architecture === "arm") processor = bitness === "32" ? undefined : "arm64"; // no file is for 32-bit ARM
    else if (architecture) processor = bitness === "32" ? "x86" : "x86_64";
    else if (system === "macos") processor = "universal2"; // every browser there says Intel
    else if (/aarch64|arm64/i.test(agent)) processor = "arm64";
    else if (/x86_64|x64|Win64|WOW64|amd64/i.test(agent)) processor = "x86_64";
    else if (system === "windows" || /i[3-6]86/.test(agent)) processor = "x86";
    return {system, processor};
  }

  async function start() {
    const {system, processor} = await guess().catch(() => ({}));
    if (!touched && !follow()) {
      check("system", system);
      check("processor", processor);
      check("python", "any");
      choose();
      const guessed = answer("system") === system && answer("processor") === processor;
      document.getElementById("hint").hidden = !guessed;
    }
    document.documentElement.classList.add("js");
    form.hidden = false;
  }

  // The older way is for pages without HTTPS, where browsers have no clipboard.
  async function copy(code) {
    if (navigator.clipboard) return navigator.clipboard.writeText(code.textContent);
    getSelection().selectAllChildren(code);
    if (!document.execCommand("copy")) throw new Error("refused");
  }

  function addCopyButton(block) {
    const label = block.querySelector("figcaption").textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy: ${label}`);
    button.addEventListener("click", async () => {
      const done = await copy(block.querySelector("code")).then(() => "Copied", () => "Not copied");
      button.textContent = done;
      status.textContent = `${done}: ${label}`;
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    block.prepend(button);
  }

  for (const base of document.querySelectorAll(".base")) {
    base.textContent = new URL(document.documentElement.dataset.root || ".", location.href.split(/[?#]/)[0]).href;
  }
  document.querySelectorAll(".code").forEach(addCopyButton);
  form.addEventListener("change", () => {
    touched = true;
    const card = choose();
    if (card) history.replaceState(null, "", `#${encodeURIComponent(card.id)}`);
  });
  addEventListener("hashchange", () => {
    if (follow()) document.querySelector(".chosen h2").focus();
  });
  start();
}
