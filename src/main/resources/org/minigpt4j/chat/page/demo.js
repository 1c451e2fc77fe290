// The page: what is chosen and set, and what happens when something is pressed.

import {example, settings as loadFacts, stats, Trouble, useToken} from '/demo/api.js';
import {rate} from '/demo/answer.js';
import {Conversation} from '/demo/conversation.js';
import {open, pictureOf} from '/demo/pictures.js';
import {announce, byId, bytes, clean, element} from '/demo/text.js';

const TOKEN = 'minigpt4j-token';

let facts = null;
let picture = null; // to be shown with the next question
let suggested = []; // questions that suit the picture shown last
let speed = '';
let conversation = newConversation();

function newConversation() {
  return new Conversation({settings: chosenSettings, changed, grown: follow, fresh: startOver,
    unlock: askForToken});
}

// Settings

const ticked = () => [...byId('models').querySelectorAll('input')]
  .filter((box) => box.checked || box.type === 'hidden').map((box) => box.value);

function chosenSettings() {
  return {
    num_beams: Number(byId('beams').value),
    temperature: byId('repeatable').checked ? 0 : Number(byId('temperature').value),
    max_tokens: within(byId('length')),
  };
}

/** The number in a field, moved into its range. */
function within(field) {
  const number = Math.round(Number(field.value)) || facts.settings.max_tokens.value;
  const kept = Math.min(Math.max(number, Number(field.min)), Number(field.max));
  field.value = String(kept);
  return kept;
}

function resetSettings() {
  for (const [id, key] of [['beams', 'num_beams'], ['temperature', 'temperature'],
    ['length', 'max_tokens']]) {
    const {min, max, step, value} = facts.settings[key];
    Object.assign(byId(id), {min, max, step, value});
  }
  byId('repeatable').checked = false;
  showSettings();
}

function showSettings() {
  byId('beams-value').textContent = byId('beams').value;
  byId('temperature-value').textContent = Number(byId('temperature').value).toFixed(1);
  byId('temperature').disabled = byId('repeatable').checked;
}

function showModels() {
  const several = facts.models.length > 1;
  byId('who').textContent = several ? 'Who answers' : 'The model';
  byId('who-note').hidden = !several;
  byId('models').replaceChildren(...facts.models.map((model, i) => {
    const id = `model-${i}`;
    const box = element('input', {id, type: several ? 'checkbox' : 'hidden', value: model.id});
    box.checked = model.default;
    const label = element('label', {htmlFor: id}, element('strong', {}, model.id),
      element('small', {className: 'wrapped'}, ...model.origin.split(/(?<=[/\\])/).flatMap(
        (part) => [part, element('wbr')])));
    return element('div', {className: several ? 'model' : 'model only'}, box, label);
  }));
}

function showFacts(now) {
  const loaded = facts.models.length > 1 ? `${facts.models.length} checkpoints`
    : facts.models[0].id;
  byId('loaded').textContent = clean(now?.memory_bytes ? `${loaded}, ${bytes(now.memory_bytes)}` : loaded);
  const rows = [
    ['Device', `${facts.device}, ${facts.precision}`],
    ['Memory', now?.memory_bytes ? bytes(now.memory_bytes) : ''],
    ['GPU memory', now?.device_memory_bytes ? bytes(now.device_memory_bytes) : ''],
    ['Last answer', speed],
  ];
  byId('facts').replaceChildren(...rows.filter(([, value]) => value).flatMap(([name, value]) =>
    [element('dt', {}, name), element('dd', {}, value)]));
}

async function refreshFacts() {
  try {
    showFacts(await stats());
  } catch {
    showFacts(null); // whoever asks a question is told what is wrong
  }
}

// The picture and the questions that suit it

async function show(blob, name, questions = facts.questions) {
  try {
    report(null);
    const opened = await open(blob, name, facts.limits.body_bytes);
    if (conversation.pictures >= facts.limits.pictures) {
      URL.revokeObjectURL(opened.url);
      throw new Trouble('other', `A conversation can have ${facts.limits.pictures} pictures. Start a`
        + ' new one for this picture.');
    }
    forget();
    picture = opened;
    suggested = questions;
    announce(`${picture.name} will be shown with your question.`);
  } catch (e) {
    report(e);
    return;
  } finally {
    refresh();
  }
  byId('question').focus();
}

function forget() {
  if (picture) {
    URL.revokeObjectURL(picture.url);
  }
  picture = null;
}

function showExamples() {
  const list = byId('examples').querySelector('ul');
  byId('examples').hidden = facts.examples.length === 0;
  list.replaceChildren(...facts.examples.map((one, i) => {
    const image = element('img', {alt: one.name, width: 112, height: 112});
    const button = element('button', {type: 'button', title: one.name}, image);
    let blob = null;
    example(i).then((got) => {
      blob = got;
      image.src = URL.createObjectURL(got);
    }).catch(report);
    button.onclick = () => blob && show(blob, one.name, one.questions);
    return element('li', {}, button);
  }));
}

// Asking

function submit(text) {
  const question = text.trim();
  if (!question || conversation.running || !facts) {
    return;
  }
  report(null);
  const shown = picture;
  picture = null;
  byId('question').value = '';
  conversation.ask(question, shown, ticked(), facts.models.length > 1);
  refresh();
  byId('turns').lastElementChild.scrollIntoView({block: 'start', behavior: 'auto'});
}

function changed(answer) {
  if (answer?.tokens > 1 && answer.first > 0) {
    speed = `${rate(answer)} tokens/s`;
  }
  refresh();
  follow();
  if (facts && !conversation.running) {
    refreshFacts();
  }
}

function startOver() {
  conversation.stop();
  byId('turns').querySelectorAll('img').forEach((image) => URL.revokeObjectURL(image.src));
  byId('turns').replaceChildren();
  conversation = newConversation();
  forget();
  report(null);
  refresh();
  window.scrollTo(0, 0);
  announce('A new conversation.');
  byId('drop').focus();
}

// What is to be seen

function refresh() {
  const running = conversation.running;
  const ready = facts !== null;
  const fresh = conversation.isEmpty;
  byId('welcome').hidden = !fresh || !ready || picture !== null;
  byId('new').disabled = fresh && !picture;
  byId('composer').hidden = !ready;
  byId('question').disabled = !ready;
  byId('choose').disabled = !ready;
  byId('send').hidden = running;
  byId('stop').hidden = !running;
  byId('send').disabled = !ready || !byId('question').value.trim();
  byId('question').placeholder = fresh && !picture ? 'Choose a picture, then ask about it'
    : 'Ask something about the picture';
  const shown = byId('shown');
  shown.hidden = !picture;
  byId('preview').hidden = !picture || !fresh;
  if (picture) {
    byId('preview').querySelector('img').src = picture.url;
    shown.querySelector('img').hidden = fresh; // it is shown large
    shown.querySelector('img').src = picture.url;
    shown.querySelector('span').textContent = picture.name;
  }
  const chips = byId('suggestions');
  chips.hidden = !picture || running;
  chips.replaceChildren(...(chips.hidden ? [] : suggested.map((question) => element('li', {},
    element('button', {type: 'button', onclick: () => submit(question)}, question)))));
}

let following = true;

function follow() {
  if (following) {
    window.scrollTo(0, document.documentElement.scrollHeight);
  }
}

function report(e) {
  const problem = byId('problem');
  problem.replaceChildren();
  if (e) {
    const known = e instanceof Trouble;
    if (!known) {
      console.error(e);
    }
    problem.append(element('p', {}, known ? e.message
      : 'Something failed in this page; reload it and try again.'));
    if (!facts) {
      problem.append(element('button', {type: 'button', onclick: begin}, 'Try again'));
    }
    problem.scrollIntoView({block: 'nearest'});
  }
}

function askForToken() {
  byId('unlock').hidden = false;
  byId('token').focus();
}

async function begin() {
  report(null);
  try {
    facts = await loadFacts();
  } catch (e) {
    if (e.kind === 'token') {
      byId('wrong-token').textContent = sessionStorage.getItem(TOKEN)
        ? 'That is not this server\u2019s token.' : '';
      askForToken();
    } else {
      report(e);
    }
    return;
  }
  byId('unlock').hidden = true;
  resetSettings();
  showModels();
  showExamples();
  showFacts(null);
  refresh();
  refreshFacts();
}

// What a person does

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  submit(byId('question').value);
});
byId('question').addEventListener('input', refresh);
byId('question').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit(byId('question').value);
  }
});
byId('stop').onclick = () => {
  conversation.stop();
  byId('question').focus();
};
byId('new').onclick = startOver;
byId('drop').onclick = byId('choose').onclick = () => byId('file').click();
byId('file').onchange = () => {
  const file = byId('file').files[0];
  byId('file').value = '';
  if (file) {
    show(file, file.name);
  }
};
byId('shown').querySelector('button').onclick = () => {
  forget();
  refresh();
  (byId('welcome').hidden ? byId('choose') : byId('drop')).focus();
};
byId('open-side').onclick = () => toggleSide();
for (const id of ['beams', 'temperature', 'repeatable']) {
  byId(id).addEventListener('input', showSettings);
}
byId('length').addEventListener('change', () => within(byId('length')));
byId('defaults').onclick = resetSettings;
byId('models').addEventListener('change', (event) => {
  if (ticked().length === 0) {
    event.target.checked = true; // somebody has to answer
  }
});
byId('unlock').addEventListener('submit', (event) => {
  event.preventDefault();
  keepToken(byId('token').value.trim());
  byId('token').value = '';
  begin();
});

function toggleSide(open = !document.body.classList.contains('side-open')) {
  document.body.classList.toggle('side-open', open);
  byId('open-side').setAttribute('aria-expanded', String(open));
}

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    if (conversation.running) {
      conversation.stop();
    } else if (document.body.classList.contains('side-open')) {
      toggleSide(false);
      byId('open-side').focus();
    }
  }
});
document.addEventListener('paste', (event) => {
  const file = pictureOf(event.clipboardData);
  if (file && facts) {
    event.preventDefault();
    show(file, file.name);
  }
});

let dragged = 0;
const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes('Files');

function veil(shown) {
  dragged = shown ? dragged : 0;
  byId('drop-veil').hidden = !shown;
}

document.addEventListener('dragenter', (event) => {
  if (hasFiles(event) && facts) {
    dragged++;
    veil(true);
  }
});
document.addEventListener('dragleave', () => {
  dragged = Math.max(0, dragged - 1);
  veil(dragged > 0);
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault(); // otherwise the browser would leave the page for the file
  veil(false);
  const file = pictureOf(event.dataTransfer);
  if (file && facts) {
    show(file, file.name);
  }
});
window.addEventListener('scroll', () => {
  following = window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 80;
}, {passive: true});

// A token in the address is for this page alone: it is kept for the tab, and not shown.

function keepToken(text) {
  sessionStorage.setItem(TOKEN, text);
  useToken(text);
}

function tokenOfAddress() {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    history.replaceState(null, '', location.pathname);
    keepToken(given);
  }
  return Boolean(given);
}

window.addEventListener('hashchange', () => tokenOfAddress() && begin());
if (!tokenOfAddress()) {
  useToken(sessionStorage.getItem(TOKEN) ?? '');
}
refresh();
begin();
