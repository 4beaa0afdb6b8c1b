"use strict";
// The table behind a chart is open in the file, for readers without scripts; with them the chart stands for it.
for (const table of document.querySelectorAll("details.behind")) table.open = false;
