// SPDX-License-Identifier: GPL-3.0-or-later
// Additions to the theme for screen readers and keyboards.
document.addEventListener("DOMContentLoaded", () => {
  for (const caption of document.querySelectorAll("p.caption[role=heading]")) {
    caption.setAttribute("aria-level", "2");
  }
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "Pages");
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
  // Code that is wider than the page can be scrolled by the keyboard.
  for (const code of document.querySelectorAll("pre, .table-wrapper")) {
    code.tabIndex = 0;
  }
});
