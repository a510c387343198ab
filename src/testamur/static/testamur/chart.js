// A control chart reads its points to whoever points at them: value, rule and comment in a line below.
// Arrow keys move from point to point, Enter or a click opens the point's page. Without this the table says the same.

const SVG = "http://www.w3.org/2000/svg";

function start(box) {
  const svg = box.querySelector("svg");
  const told = document.querySelector("[data-told]");
  const source = document.getElementById("told");
  if (!svg || !told || !source) return;
  const points = JSON.parse(source.textContent);
  const { width, left, right, count } = Object.fromEntries(
    ["width", "left", "right", "count"].map((name) => [name, Number(box.dataset[name])]),
  );
  if (!points.length || points.length !== count) return;
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("fill", "none");
  line.setAttribute("stroke", "#1d4e89");
  line.setAttribute("stroke-dasharray", "1 2");
  svg.append(line);
  let at = 0;

  function show(number) {
    at = Math.min(Math.max(number, 1), count);
    // Point n lies at n on an axis from 0.5 to count + 0.5.
    const x = left + ((at - 0.5) / count) * (right - left);
    line.setAttribute("d", `M${x.toFixed(1)} 40V${svg.viewBox.baseVal.height - 40}`);
    told.textContent = points[at - 1].text;
  }

  function pointed(event) {
    const frame = svg.getBoundingClientRect();
    const x = ((event.clientX - frame.left) / frame.width) * width;
    return Math.round(((x - left) / (right - left)) * count + 0.5);
  }

  box.addEventListener("pointermove", (event) => {
    const number = pointed(event);
    if (number >= 1 && number <= count && number !== at) show(number);
  });
  box.addEventListener("click", (event) => {
    const number = pointed(event);
    if (number >= 1 && number <= count) location.assign(`${box.dataset.points}${number}/`);
  });
  box.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 1, End: count };
    if (event.key in steps) {
      event.preventDefault();
      show(steps[event.key]);
    } else if (event.key === "Enter" && at) {
      location.assign(`${box.dataset.points}${at}/`);
    }
  });
}

document.querySelectorAll("[data-chart]").forEach(start);
