// Profiles: where the time goes, as a table and a flame graph, and which lines keep memory.
const ROW = 18;

function treeOf(stacks) {
  const root = {name: "all threads", count: 0, children: new Map()};
  for (const stack of stacks) {
    let node = root;
    node.count += stack.Count;
    for (const [file, line, name] of [["", 0, `thread ${stack.Thread}`], ...stack.Frames]) {
      const text = file ? `${name} (${file.split(/[\\/]/).pop()}:${line})` : name;
      if (!node.children.has(text)) node.children.set(text, {name: text, count: 0, children: new Map()});
      node = node.children.get(text);
      node.count += stack.Count;
    }
  }
  return root;
}

const depth = (node) => 1 + Math.max(0, ...[...node.children.values()].map(depth));

function boxes(node, x, level, scale) {
  const width = node.count * scale;
  if (width < 1) return [];
  const room = Math.floor((width - 6) / 6.7);
  const label = node.name.length <= room ? node.name : `${node.name.slice(0, room - 1)}\u2026`;
  const hue = 20 + [...node.name].reduce((hash, character) => (hash * 31 + character.codePointAt(0)) % 35, 0);
  const own = draw("g", {}, draw("title", {}, `${node.name}: ${node.count} samples`),
    draw("rect", {"x": x.toFixed(1), "y": level * ROW, "width": width.toFixed(1), "height": ROW - 1, "fill": `hsl(${hue} 85% 70%)`}),
    ...(room > 2 ? [draw("text", {"x": (x + 3).toFixed(1), "y": level * ROW + 13}, label)] : []));
  let left = x;
  const inner = [...node.children.values()].flatMap((child) => {
    const found = boxes(child, left, level + 1, scale);
    left += child.count * scale;
    return found;
  });
  return [own, ...inner];
}

function showProfile(profile) {
  const own = new Map();
  for (const stack of profile.Stacks) {
    const [file, line, name] = stack.Frames[stack.Frames.length - 1];
    const place = `${name}\n${file}:${line}`;
    own.set(place, (own.get(place) ?? 0) + stack.Count);
  }
  const most = [...own].sort((one, other) => other[1] - one[1]).slice(0, 15);
  const rows = most.map(([place, count]) => row([number(count / profile.Samples, 2), "number"], [place.split("\n")[0], "name"], [place.split("\n")[1], "place"]));
  const root = treeOf(profile.Stacks);
  const height = depth(root) * ROW;
  const flame = draw("svg", {"role": "img", "aria-label": "Flame graph of the samples in the table", "class": "flame", "viewBox": `0 0 1200 ${height}`},
    ...(root.count ? boxes(root, 0, 0, 1200 / root.count) : []));
  showResult(`${profile.Samples} samples in ${number(profile.Seconds, 1)} s. Threads that wait are counted too.`,
    ["Of 1 thread", "Function", "Place"], rows, flame);
}

function showAllocations(answer) {
  const rows = answer.Lines.map((line) => {
    const stack = line.Stack.slice(-6).reverse();
    return row([number(line.Bytes), "number"], [number(line.Objects), "number"],
      make("pre", {}, stack.map((entry) => `${entry.File}:${entry.Line}  ${entry.Code}`).join("\n")));
  });
  showResult(`Made within ${number(answer.Seconds, 1)} s and still there; ${number(answer.Blocks)} blocks more than at the begin.`,
    ["Bytes", "Objects", "Made by, called by"], rows);
}

function showResult(text, titles, rows, ...more) {
  find("profile-state").textContent = text;
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...titles.map((title) => make("th", {scope: "col"}, title)))), make("tbody", {}, ...rows));
  fill("profile-result", [make("div", {"class": "scroll", "role": "group", "aria-label": "Result of the measurement", "tabindex": "0"}, table), ...more]);
}

async function measure(path, show) {
  const seconds = Number(find("seconds").value);
  const buttons = [find("sample"), find("measure")];
  for (const button of buttons) button.disabled = true;
  find("profile-state").textContent = `Measuring for ${seconds} seconds.`;
  try {
    show(await ask(`${path}?seconds=${seconds}`, {seconds: seconds + 30}));
  } catch (error) {
    find("profile-state").textContent = error.reason ?? `${error.message}. Perhaps another measurement goes on.`;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}
