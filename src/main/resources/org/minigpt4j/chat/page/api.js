// What the page asks the server, and in which words it tells what went wrong.

import {clean} from '/demo/text.js';

const TRIES_WHEN_BUSY = 10;
let token = '';

/** Something that went wrong, in words for a person. */
export class Trouble extends Error {
  /**
   * kind: gone, broken, busy, token, large, picture, long, other
   */
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

export function useToken(text) {
  token = text;
}

async function request(path, options = {}) {
  const headers = {...options.headers};
  if (token) {
    headers.Authorization = `Bearer ${token}`;
  }
  try {
    return await fetch(path, {...options, headers, cache: 'no-store', credentials: 'omit'});
  } catch (e) {
    if (e.name === 'AbortError') {
      throw e;
    }
    throw new Trouble('gone', 'The server does not answer. If it was stopped, start it again.');
  }
}

async function answered(path) {
  const response = await request(path);
  if (!response.ok) {
    throw await refused(response);
  }
  return response;
}

export const settings = async () => (await answered('/demo/settings.json')).json();
export const stats = async () => (await answered('/demo/stats.json')).json();
export const example = async (number) => (await answered(`/demo/examples/${number}`)).blob();

async function refused(response) {
  let error = {};
  try {
    error = (await response.json()).error ?? {};
  } catch {
    // not one of our servers, or the connection broke: the status says enough
  }
  return trouble(response.status, error);
}

function trouble(status, error) {
  const said = clean(error.message ?? '');
  if (status === 401) {
    return new Trouble('token', 'The server did not accept the token.');
  }
  if (status === 429) {
    return new Trouble('busy', 'The server has too many questions to answer at the moment.');
  }
  if (status === 413) {
    return new Trouble('large',
      'The picture is too large for this server. Choose a smaller one.');
  }
  switch (error.code) {
    case 'context_length_exceeded':
      return new Trouble('long', 'This conversation has become too long for the model. Start a new'
        + ' one, or set a shorter longest answer.');
    case 'invalid_image':
    case 'invalid_base64':
    case 'invalid_image_url':
      return new Trouble('picture', `The server cannot read this picture: ${said}.`);
    case 'model_not_found':
      return new Trouble('other', 'This checkpoint is no longer loaded. Reload the page to see which'
        + ' are.');
    default:
  }
  if (status === 503) {
    return new Trouble('gone', 'The server is shutting down.');
  }
  if (status >= 500) {
    return new Trouble('other', 'Something failed on the server; the terminal that it was started in'
      + ' says why.');
  }
  return new Trouble('other', said
    ? `The server refused the question: ${said}`
    : `The server refused the question (${status}).`);
}

const pause = (millis, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, millis);
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    reject(new DOMException('stopped', 'AbortError'));
  }, {once: true});
});

/**
 * Asks, and hears the answer grow.
 *
 * hears.grown(text): all that is there; hears.busy(seconds): told again in so many seconds.
 * Gives {text, finish, tokens, seconds, first}: tokens are undefined where the server counted none,
 * first is how long the first word took.
 */
export async function ask(body, signal, hears) {
  for (let tries = 1; ; tries++) {
    const begin = performance.now();
    const response = await request('/v1/chat/completions', {
      method: 'POST',
      headers: {'Content-Type': 'application/json', Accept: 'text/event-stream'},
      // Cutting the beginning would drop the picture without a word; the page offers a new one.
      body: JSON.stringify({...body, truncation: 'disabled', stream: true,
        stream_options: {include_usage: true}}),
      signal,
    });
    if (response.status === 429 && tries < TRIES_WHEN_BUSY) {
      const after = Number(response.headers.get('Retry-After'));
      const seconds = after >= 1 && after <= 60 ? Math.ceil(after) : 2;
      for (let left = seconds; left > 0; left--) {
        hears.busy(left);
        await pause(1000, signal);
      }
      hears.busy(0);
      continue;
    }
    if (!response.ok) {
      throw await refused(response);
    }
    return await stream(response, begin, hears);
  }
}

async function stream(response, begin, hears) {
  const answer = {text: '', finish: null, tokens: undefined, seconds: 0, first: 0};
  let done = false;
  try {
    for await (const data of events(response.body)) {
      if (data === '[DONE]') {
        done = true;
        break;
      }
      const chunk = JSON.parse(data);
      if (chunk.error) {
        throw trouble(400, chunk.error);
      }
      const choice = chunk.choices?.[0];
      const more = choice?.delta?.content ?? '';
      answer.finish = choice?.finish_reason ?? answer.finish;
      answer.tokens = chunk.usage?.completion_tokens ?? answer.tokens;
      if (more && !answer.first) {
        answer.first = (performance.now() - begin) / 1000;
      }
      if (more) {
        answer.text += more;
        hears.grown(answer.text);
      }
    }
  } catch (e) {
    if (e.name === 'AbortError' || e instanceof Trouble) {
      throw e;
    }
    done = false;
  }
  if (!done) {
    throw new Trouble('broken', 'The connection broke off before the answer was complete.');
  }
  answer.seconds = (performance.now() - begin) / 1000;
  return answer;
}

/** The data of server-sent events. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const {value, done} = await reader.read();
      if (done) {
        return;
      }
      rest += value;
      const lines = rest.split(/\r?\n/);
      rest = lines.pop();
      for (const line of lines) {
        if (line.startsWith('data:')) {
          yield line.slice('data:'.length).trim();
        }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
