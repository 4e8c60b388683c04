// SPDX-License-Identifier: GPL-3.0-or-later
// Fills the list of versions from versions.json at the root of these pages. The site's has its versions, with their folders, but no withdrawn ones:
// {"current": "0.2.0", "versions": [{"version": "0.2.0", "folder": "../"}, {"version": "0.1.0", "folder": ""}]}
document.addEventListener("DOMContentLoaded", async () => {
  const root = new URL(document.documentElement.dataset.content_root, location.href);
  const select = document.getElementById("versions");
  const list = location.protocol.startsWith("http") ? await fetch(new URL("versions.json", root)) : undefined;
  if (!select || !list?.ok) {
    return; // opened as files, or served without that file
  }
  const { current, versions } = await list.json();
  const here = versions.find((each) => each.folder === "");
  const page = location.href.slice(root.href.length).replace(/[?#].*/, "");

  // The same page of another version, or that version's first page.
  async function address({ folder }) {
    const same = new URL(folder + page, root);
    const answer = await fetch(same, { method: "HEAD" });
    return answer.ok ? same : new URL(`${folder}index.html`, root);
  }

  select.replaceChildren(
    ...versions.map((each) => {
      const text = each.version === current ? `${each.version} (current)` : each.version;
      return new Option(text, each.version, each === here, each === here);
    }),
  );
  select.disabled = versions.length < 2;
  select.addEventListener("change", async () => {
    location.href = await address(versions.find((each) => each.version === select.value));
  });

  if (here.version !== current) {
    const note = document.createElement("aside");
    note.className = "former-version";
    note.setAttribute("aria-label", "Version");
    const link = document.createElement("a");
    link.href = await address(versions.find((each) => each.version === current));
    link.textContent = `Read those of ${current}`;
    note.append(`These pages are about version ${here.version}. `, link, ".");
    document.querySelector("article").prepend(note);
  }
});
