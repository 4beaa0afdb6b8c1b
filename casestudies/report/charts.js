"use strict";
{
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const theme = read("theme");
  for (const place of document.querySelectorAll("[data-chart]")) {
    const spec = read(place.dataset.chart);
    const room = place.clientWidth;
    const config = spec.config || theme;
    const columns = Math.max(1, Math.min(3, Math.floor(room / 200)));
    if (typeof spec.width === "number") spec.width = "container";
    spec.config = {
      ...config,
      font: getComputedStyle(document.body).fontFamily,
      axis: { ...config.axis, labelLimit: Math.min(190, Math.round(room * 0.33)) },
      axisX: { ...config.axisX, tickCount: room < 480 ? 4 : 6, titleLimit: Math.round(room * 0.6) },
      legend: { ...config.legend, columns, labelLimit: Math.round(room / columns) - 60 },
    };
    // ast: Vega interprets its expressions, so the policy of the page needs no 'unsafe-eval'
    const options = { mode: "vega-lite", ast: true, renderer: "svg", actions: false, defaultStyle: false,
      tooltip: { disableDefaultStyle: true } };
    vegaEmbed(place, spec, options).catch((error) => {
      place.textContent = place.getAttribute("aria-label");
      for (const table of place.parentElement.querySelectorAll("details.behind")) table.open = true;
      console.error(error);
    });
  }
}
