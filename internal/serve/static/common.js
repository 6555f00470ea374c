// What the pages share: questions to the server, elements, figures as people read them.

export async function ask(path, query) {
  const answer = await fetch(path + "?" + new URLSearchParams(query));
  if (!answer.ok) throw new Error((await answer.text()).trim() || answer.statusText);
  return answer.json();
}

// complain shows an error on the page; null takes it away.
export function complain(error) {
  const place = document.getElementById("problem");
  place.hidden = !error;
  place.textContent = error ? (error instanceof TypeError ? "The server doesn't answer: has amgen serve ended?" :
    error.message) : "";
}

// element makes an element with attributes and children, which are elements or texts.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const namesOfPage = () => new URLSearchParams(location.search).getAll("run");
export const runPage = (name) => "/run?" + new URLSearchParams({ run: name });
export const pictureOf = (name, file) => "/api/picture?" + new URLSearchParams({ run: name, file });

export function figure(value, digits = 5) {
  if (value === null || value === undefined) return "–";
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return value.toExponential(digits - 1)
    .replace(/\.?0+e/, "e").replace("e+", "e").replace("-", "−").replace("e-", "e−");
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

const grouped = new Intl.NumberFormat("en", { useGrouping: true });
export const count = (n) => grouped.format(n).replaceAll(",", " ");

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return Math.round(1000 * seconds) + " ms";
  if (seconds < 120) return seconds.toFixed(seconds < 10 ? 1 : 0) + " s";
  if (seconds < 7200) return Math.round(seconds / 60) + " min";
  if (seconds < 2 * 86400) return (seconds / 3600).toFixed(1) + " h";
  return (seconds / 86400).toFixed(1) + " days";
}

// pixels keeps the pixels of a picture sharp where it is shown larger than it is.
export function pixels(image) {
  image.addEventListener("load", () => image.classList.toggle("enlarged", image.naturalWidth < image.clientWidth &&
    image.naturalHeight < image.clientHeight));
  return image;
}

// counted is a number of things, as "1 run" and "2 runs".
export const counted = (n, one, many = one + "s") => `${count(n)} ${n === 1 ? one : many}`;

// nameFolder shows the folder that is served in the head of the page.
export async function nameFolder() {
  document.getElementById("folder").textContent = (await ask("/api/sources", {})).folder;
}

export const ago = (changed) => changed ? duration(Math.max(0, (Date.now() - changed) / 1000)) + " ago" : "–";
export const speed = (row) => row.rate === null ? "–" : figure(row.rate, 3) + " " + row.unit + "/s";
export const stateOf = (row) => element("span", { class: "state " + row.state, title: row.why }, row.state);

// listen calls back with the row of a run whenever it has changed, while the page is looked at.
export function listen(names, changed) {
  let stream = null;
  const open = () => {
    if (document.hidden || stream) return;
    stream = new EventSource("/api/events?" + new URLSearchParams(names.map((name) => ["run", name])));
    stream.addEventListener("run", (event) => { complain(null); changed(JSON.parse(event.data)); });
    stream.onerror = () => {
      if (stream?.readyState === EventSource.CLOSED) { close(); setTimeout(open, 10000); }
    };
  };
  const close = () => { stream?.close(); stream = null; };
  document.addEventListener("visibilitychange", () => document.hidden ? close() : open());
  addEventListener("pagehide", close);
  open();
}

// seldom makes of an action one that is never done twice at once, and at most once in so many milliseconds.
export function seldom(action, pause) {
  let busy = false, again = false;
  const act = async () => {
    if (busy) { again = true; return; }
    busy = true;
    const began = performance.now();
    try { await action(); } catch (error) { complain(error); }
    const rest = Math.max(pause, Math.min(10000, 20 * (performance.now() - began))); // a busy machine is asked less
    setTimeout(() => { busy = false; if (again) { again = false; act(); } }, rest);
  };
  return act;
}
