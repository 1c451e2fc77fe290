// One model's answer to one question: the card that shows it, and how it is asked for.

import {ask, Trouble} from '/demo/api.js';
import {announce, clean, element, Reader} from '/demo/text.js';

const WAITING = 'Thinking \u2026';

/** What an answer says about itself below the text. */
function figures(answer) {
  const said = [];
  if (answer.tokens !== undefined) {
    said.push(answer.tokens === 1 ? '1\u00a0token' : `${answer.tokens}\u00a0tokens`);
    const writing = answer.seconds - answer.first;
    if (answer.tokens > 1 && answer.first > 0 && writing > 0.01) {
      said.push(`${rate(answer)}\u00a0tokens/s`);
    }
  }
  if (answer.first > 0) {
    said.push(`first word after ${answer.first.toFixed(answer.first < 10 ? 2 : 1)}\u00a0s`);
  }
  if (answer.finish === 'length') {
    said.push('ended at the longest answer');
  }
  return said.join(' \u00b7 ');
}

/** Tokens a second from the first word on. */
export function rate(answer) {
  const speed = (answer.tokens - 1) / (answer.seconds - answer.first);
  return speed.toFixed(speed < 10 ? 1 : 0);
}

export class AnswerCard {
  text = '';
  running = false;

  #model;
  #named;
  #on;
  #abort = null;
  #node = document.createTextNode('');
  #text;
  #state;
  #error;
  #stats;
  #copy;
  #again;

  /**
   * model: its name; named: whether the card says it. on: request(model, anew) gives what to send, changed()
   * hears that something began or ended, fresh() starts a new conversation, unlock() asks for the
   * token.
   */
  constructor(model, named, on) {
    this.#model = model;
    this.#named = named;
    this.#on = on;
    this.#text = element('p', {className: 'text', dir: 'auto'}, this.#node);
    this.#state = element('p', {className: 'state'});
    this.#error = element('div', {className: 'error', role: 'alert', hidden: true});
    this.#stats = element('span', {className: 'stats'});
    this.#copy = element('button', {type: 'button', className: 'quiet small', hidden: true,
      onclick: () => this.#toClipboard()}, 'Copy');
    this.#again = element('button', {type: 'button', className: 'quiet small', hidden: true,
      onclick: () => this.start(true)}, 'Regenerate');
    for (const button of [this.#copy, this.#again]) {
      button.setAttribute('aria-label',
        named ? `${button.textContent}: ${model}` : `${button.textContent} this answer`);
    }
    this.element = element('article', {className: 'answer', 'aria-label': `Answer of ${model}`},
      ...(named ? [element('h3', {}, model)] : []), this.#text, this.#state, this.#error,
      element('footer', {}, this.#stats, element('span', {className: 'tools'}, this.#copy,
        this.#again)));
  }

  /** Only the newest question can be answered anew. */
  set newest(newest) {
    this.#again.disabled = !newest;
    this.#again.hidden = !newest || this.running;
  }

  stop() {
    this.#abort?.abort();
  }

  /** Asks; what was there goes. anew: not for the same answer again. */
  async start(anew = false) {
    this.stop();
    const abort = new AbortController();
    const current = () => this.#abort === abort;
    const reader = new Reader();
    this.#abort = abort;
    this.#begin();
    try {
      const answer = await ask(this.#on.request(this.#model, anew), abort.signal, {
        grown: (text) => {
          if (current()) {
            this.#grown(text);
            if (!this.#named) {
              reader.grown(text, false);
            }
          }
        },
        busy: (seconds) => {
          this.#state.textContent = seconds > 0
            ? `The server is busy; asking again in ${seconds} s \u2026` : WAITING;
        },
      });
      if (current()) {
        this.#grown(answer.text);
        this.#end(answer.text.trim() ? '' : 'The model gave an empty answer.', figures(answer));
        if (this.#named) {
          announce(`${this.#model}: ${answer.text || 'empty answer'}`);
        } else {
          reader.grown(answer.text, true);
        }
        this.#on.changed(answer);
      }
    } catch (e) {
      if (current()) {
        this.#failed(e);
        this.#on.changed(null);
      }
    }
  }

  #begin() {
    this.running = true;
    this.text = '';
    this.#node.data = '';
    this.#error.hidden = true;
    this.#error.replaceChildren();
    this.#stats.textContent = '';
    this.#copy.hidden = true;
    this.#again.hidden = true;
    this.#state.textContent = WAITING;
    this.element.setAttribute('aria-busy', 'true');
    this.element.classList.add('writing');
    this.#on.changed(null);
  }

  #grown(text) {
    this.text = text;
    this.#node.data = clean(text);
    this.#state.textContent = '';
    this.#on.grown();
  }

  #end(state, stats) {
    this.running = false;
    this.#state.textContent = state;
    this.#stats.textContent = stats;
    this.#copy.hidden = !this.text || !navigator.clipboard;
    this.#again.hidden = this.#again.disabled;
    this.element.removeAttribute('aria-busy');
    this.element.classList.remove('writing');
  }

  #failed(e) {
    if (e.name === 'AbortError') {
      this.#end(this.text ? 'Stopped.' : 'Stopped before the first word.', '');
      announce('Stopped.');
      return;
    }
    this.#end('', '');
    const known = e instanceof Trouble;
    if (!known) {
      console.error(e);
    }
    const kind = known ? e.kind : 'other';
    const offer = kind === 'long'
      ? element('button', {type: 'button', onclick: () => this.#on.fresh()}, 'New conversation')
      : kind === 'token'
        ? element('button', {type: 'button', onclick: () => this.#on.unlock()}, 'Enter the token')
        : kind === 'picture' || kind === 'large'
          ? null
          : element('button', {type: 'button', onclick: () => this.start()}, 'Try again');
    this.#error.append(element('p', {},
      known ? e.message : 'Something failed in this page; reload it and ask again.'));
    if (offer) {
      this.#error.append(offer);
    }
    this.#again.hidden = true;
    this.#error.hidden = false;
  }

  async #toClipboard() {
    try {
      await navigator.clipboard.writeText(clean(this.text));
      this.#copy.textContent = 'Copied';
      announce('Copied.');
    } catch {
      this.#copy.textContent = 'Not allowed';
    }
    setTimeout(() => {
      this.#copy.textContent = 'Copy';
    }, 1500);
  }
}
