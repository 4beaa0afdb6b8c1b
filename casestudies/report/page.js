"use strict";
// The table behind a chart is open in the file, for readers without scripts; with them the chart stands for it.
for (const table of document.querySelectorAll("details.behind")) table.open = false;
// An overlay shows at one strength in the file; with scripts the reader chooses it.
for (const control of document.querySelectorAll(".opacity")) {
  control.hidden = false;
  control.addEventListener("input", (event) => {
    for (const over of control.parentElement.querySelectorAll(".over")) over.style.opacity = event.target.value / 100;
  });
}
