// What was asked and answered: one question a turn, and an answer of each model that was ticked.

import {AnswerCard} from '/demo/answer.js';
import {byId, element} from '/demo/text.js';

const newSeed = () => crypto.getRandomValues(new Uint32Array(1))[0];

export class Conversation {
  #turns = [];
  #on;

  /**
   * on: settings() gives what a request has besides its messages; changed(answer), grown(), fresh()
   * and unlock() are called as an answer's are.
   */
  constructor(on) {
    this.#on = on;
  }

  get isEmpty() {
    return this.#turns.length === 0;
  }

  get pictures() {
    return this.#turns.filter((turn) => turn.picture).length;
  }

  get length() {
    return this.#turns.length;
  }

  get running() {
    return this.#cards().some((card) => card.running);
  }

  stop() {
    this.#cards().forEach((card) => card.stop());
  }

  #cards() {
    return this.#turns.flatMap((turn) => [...turn.answers.values()]);
  }

  /** Asks models; named says whether each answer has its model's name. */
  ask(question, picture, models, named) {
    // Several models draw with the same numbers, so that what differs is the checkpoint. One alone
    // needs no seed, and then uses all that the server still knows of the conversation.
    const seed = models.length > 1 ? {seed: newSeed()} : {};
    const turn = {question, picture, answers: new Map()};
    this.#turns.at(-1)?.answers.forEach((card) => {
      card.newest = false;
    });
    this.#turns.push(turn);
    const answers = element('div', {className: 'answers'});
    for (const model of models) {
      const card = new AnswerCard(model, named, {
        request: (name, anew) => ({model: name, messages: this.#messages(name, turn),
          ...this.#on.settings(), ...(anew ? {} : seed)}),
        changed: this.#on.changed,
        grown: this.#on.grown,
        fresh: this.#on.fresh,
        unlock: this.#on.unlock,
      });
      card.newest = true;
      turn.answers.set(model, card);
      answers.append(card.element);
    }
    answers.dataset.count = String(models.length);
    byId('turns').append(element('li', {}, element('div', {className: 'asked'},
      ...(picture ? [element('img', {src: picture.url, alt: `The picture: ${picture.name}`})] : []),
      element('p', {dir: 'auto'}, question)), answers));
    turn.answers.forEach((card) => card.start());
  }

  #messages(model, last) {
    const messages = [];
    let parts = [];
    for (const turn of this.#turns) {
      if (turn.picture) {
        parts.push({type: 'image_url', image_url: {url: turn.picture.data}});
      }
      const answer = turn.answers.get(model)?.text;
      if (turn === last || answer) {
        messages.push({role: 'user', content: [...parts, {type: 'text', text: turn.question}]});
        parts = [];
      }
      if (turn === last) {
        break;
      }
      if (answer) {
        messages.push({role: 'assistant', content: answer});
      }
    }
    return messages;
  }
}
