// What a person would see: elements with a size, and their words.
const words = e => (e.innerText ?? e.textContent).replace(/\s+/g, ' ').trim();
const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden';
const list = (css, text = '') => [...document.querySelectorAll(css)].filter(e => shown(e) && words(e).includes(text));
const find = (css, text) => list(css, text)[0];
const loaded = () => document.readyState === 'complete';
const asked = name => new URLSearchParams(location.search).get(name);
const at = path => loaded() && location.pathname === path;

// Where to press an element, once it is there, usable and not covered.
const target = (css, text) => {
  const e = loaded() && find(css, text);
  if (!e || e.disabled) return null;
  e.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
  const r = e.getClientRects()[0], x = r.left + r.width / 2, y = r.top + r.height / 2;
  return e.contains(document.elementFromPoint(x, y)) ? { x, y } : null;
};

// What has the focus, as a screen reader would name it, and whether one sees it.
// The calendar button within a date has the browser's own ring, out of sight here.
const focus = () => {
  const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
  const label = e.labels?.[0] || e;
  return {
    tag: e.tagName.toLowerCase(), name: (label.innerText || label.textContent || e.value || '').replace(/\s+/g, ' ').trim(),
    ring: e.type === 'date' && !e.matches(':focus') ? 3 : s.outlineStyle === 'none' ? 0 : parseFloat(s.outlineWidth),
    inside: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth,
  };
};
