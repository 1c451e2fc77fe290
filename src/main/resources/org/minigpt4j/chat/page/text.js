// Texts and elements. Nothing here or elsewhere makes markup from text: the page's policy would
// refuse it (require-trusted-types-for), and every text becomes a text node.

// Characters that steer, hide or turn what follows, as the server's own pages show them.
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const KEPT = /[\n\t\u200c\u200d\u00ad\u0600-\u0605\u06dd\u070f\u08e2]/u;

/** The text with U+FFFD for each character that steers, hides or turns something. */
export function clean(text) {
  return String(text).replace(/\r\n?/g, '\n').replace(HARMFUL, (c) => (KEPT.test(c) ? c : '\ufffd'));
}

/** An element with properties and children; strings become text nodes. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) {
      made[name] = value;
    } else {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.map((child) => (typeof child === 'string' ? clean(child) : child)));
  return made;
}

export const byId = (id) => document.getElementById(id);

/** Bytes for a person. */
export function bytes(count) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (count >= 1000 && unit < units.length - 1) {
    count /= 1000;
    unit++;
  }
  return `${count.toFixed(count < 10 && unit > 1 ? 1 : 0)} ${units[unit]}`;
}

/** Tells a screen reader, after what it is reading now. */
export function announce(text) {
  const said = byId('said');
  while (said.childElementCount > 20) {
    said.firstElementChild.remove();
  }
  said.append(element('p', {}, text));
}

/** Announces a growing text sentence by sentence. */
export class Reader {
  #told = 0;

  grown(text, done) {
    const end = done ? text.length : text.search(/[.!?\n][^.!?\n]*$/) + 1;
    if (end > this.#told) {
      const more = text.slice(this.#told, end).trim();
      this.#told = end;
      if (more) {
        announce(more);
      }
    }
  }
}
