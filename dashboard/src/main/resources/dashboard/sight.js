// On a narrow page the chosen tab may stand outside of its row, which scrolls sideways.

const shown = new WeakMap();

/** Brings the chosen link of each row of tabs into sight, once for each choice: the reader may scroll away from it. */
export function keepInSight() {
  for (const row of document.querySelectorAll('.tabs, .side nav')) {
    const chosen = row.querySelector('[aria-current=page]');
    if (!chosen || shown.get(row) === chosen) continue;
    shown.set(row, chosen);
    const place = chosen.getBoundingClientRect();
    const around = row.getBoundingClientRect();
    row.scrollLeft += place.left + place.width / 2 - (around.left + around.width / 2);
  }
}
