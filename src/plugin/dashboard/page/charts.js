// Small pictures of numbers. Each has its content as a text too.
function curve(values, width, height) {
  const top = Math.max(...values, 0);
  const bottom = Math.min(...values, top);
  const scale = top > bottom ? (height - 4) / (top - bottom) : 0;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  return values.map((value, index) => `${(index * step).toFixed(1)},${(height - 2 - (value - bottom) * scale).toFixed(1)}`).join(" ");
}

function picture(label, width, height, kind, ...children) {
  return draw("svg", {"role": "img", "aria-label": label, "viewBox": `0 0 ${width} ${height}`, "preserveAspectRatio": "none",
    "class": kind}, ...children);
}

// Sums of neighbours, so that there are at most so many.
function binned(values, most) {
  const size = Math.ceil(values.length / most) || 1;
  const bins = [];
  for (let begin = 0; begin < values.length; begin += size) bins.push(sum(values.slice(begin, begin + size)));
  return bins;
}

// Calls of the last minutes, those that failed in another colour.
function sparkline(calls, errors) {
  const bins = binned(calls, 50);
  const failed = binned(errors, 50);
  const top = Math.max(...bins, 1);
  const bars = bins.flatMap((count, index) => [[count, "bar"], [Math.min(failed[index], count), "failed"]]
    .filter(([height]) => height > 0)
    .map(([height, kind]) => {
      const size = Math.max(1, height / top * 24);
      return draw("rect", {"class": kind, "x": index * 2, "y": (25 - size).toFixed(1), "width": 1.6, "height": size.toFixed(1)});
    }));
  const minutes = number(calls.length * INTERVAL / 60, 1);
  return picture(`${sum(calls)} calls and ${sum(errors)} errors in ${minutes} minutes`, 100, 26, "spark", ...bars);
}

// The bound under which this share of the calls is.
function quantile(buckets, bounds, share) {
  const all = sum(buckets);
  let counted = 0;
  const index = buckets.findIndex((count) => (counted += count) >= share * all);
  return index < bounds.length ? bounds[index] : Infinity;
}

const bound = (seconds) => (seconds === Infinity ? "more than 60 s" : `at most ${seconds < 1 ? `${seconds * 1000} ms` : `${seconds} s`}`);

function histogram(buckets, bounds) {
  if (!sum(buckets)) return "";
  const top = Math.max(...buckets);
  const bars = buckets.map((count, index) => {
    const size = count ? Math.max(1, count / top * 24) : 0;
    const edge = index < bounds.length ? bound(bounds[index]) : "more than 60 s";
    return draw("rect", {"class": "bar", "x": index * 6, "y": (25 - size).toFixed(1), "width": 5, "height": size.toFixed(1)},
      draw("title", {}, `${count} calls: ${edge}`));
  });
  const label = `half of the calls took ${bound(quantile(buckets, bounds, 0.5))}, 99 of 100 ${bound(quantile(buckets, bounds, 0.99))}`;
  return picture(label, buckets.length * 6, 26, "spark", ...bars);
}

function chart(title, times, values, show) {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return "";
  const span = `from ${clock(times[0])} to ${clock(times[times.length - 1])}`;
  const label = `${title}: now ${show(known[known.length - 1])}, from ${show(Math.min(...known))} to ${show(Math.max(...known))}`;
  return make("figure", {}, picture(`${label}, ${span}`, 300, 90, "", draw("polyline", {"class": "curve", "points": curve(known, 300, 90)})),
    make("figcaption", {}, label));
}
