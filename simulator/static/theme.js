// Light, dark, or as the system is. Loaded before the page is drawn, so that it does not flash.
document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
