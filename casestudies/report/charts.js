"use strict";
{
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const theme = read("theme");
  // a title that is wider than the chart goes over several lines
  const wrap = (title, width) => title.split(" ").reduce((lines, word) => {
    const last = lines.length - 1;
    if (last >= 0 && (lines[last] + word).length < width) lines[last] += " " + word;
    else lines.push(word);
    return lines;
  }, []);
  const wrapTitles = (part, width) => {
    const x = part.encoding && part.encoding.x;
    if (x && typeof x.title === "string") x.title = wrap(x.title, width);
    for (const layer of part.layer || []) wrapTitles(layer, width);
  };
  for (const place of document.querySelectorAll("[data-chart]")) {
    const spec = read(place.dataset.chart);
    const room = place.clientWidth;
    const config = spec.config || theme;
    const columns = Math.max(1, Math.min(3, Math.floor(room / 200)));
    if (typeof spec.width === "number") spec.width = "container";
    wrapTitles(spec, room / 10);
    spec.config = {
      ...config,
      font: getComputedStyle(document.body).fontFamily,
      axis: { ...config.axis, labelLimit: Math.min(190, Math.round(room * 0.33)) },
      axisX: { ...config.axisX, tickCount: room < 480 ? 4 : 6, titleLimit: Math.round(room * 0.8) },
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
