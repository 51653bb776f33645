// The drawer beside the phones, with one panel at a time.

export class Drawer {
  /** `panels`: objects with `opened()` and `closed()`, by the name of the panel they fill. */
  constructor(root, panels) {
    this.root = root;
    this.panels = panels;
    this.open = null;
    this.opener = null;
    root.querySelector(".drawer-close").addEventListener("click", () => this.close());
    root.addEventListener("keydown", event => { if (event.key === "Escape") this.close(); });
  }

  /** Show a panel, or close the drawer if it is shown already; the focus comes back to `opener` then. */
  toggle(name, opener) {
    if (this.open === name) { this.close(); return; }
    if (this.open) this.panels[this.open].closed();
    this.open = name;
    this.opener = opener;
    this.root.hidden = false;
    for (const panel of this.root.querySelectorAll(".drawer-panel")) panel.hidden = panel.dataset.name !== name;
    this.root.setAttribute("aria-labelledby", `${name}-title`);
    this.showButtons();
    this.panels[name].opened();
    this.root.querySelector(".drawer-close").focus({ focusVisible: false });
  }

  close() {
    if (!this.open) return;
    this.panels[this.open].closed();
    this.open = null;
    this.root.hidden = true;
    this.showButtons();
    this.opener.focus();
  }

  showButtons() {
    for (const button of document.querySelectorAll("[data-panel]")) button.ariaExpanded = String(button.dataset.panel === this.open);
  }
}
