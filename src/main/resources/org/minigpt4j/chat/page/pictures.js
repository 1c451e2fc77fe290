// Pictures from files, the clipboard and the server, before they are sent.

import {Trouble} from '/demo/api.js';
import {bytes, clean} from '/demo/text.js';

const FRAME = 1 << 16; // what a request has besides the picture
const BASE64 = 4 / 3;

/** A picture: its name, a local address to show it with, and a data URL to send it with. */
export async function open(blob, name, mostBytes) {
  const shown = clean(name || 'picture');
  const most = Math.floor((mostBytes - FRAME) / BASE64);
  if (blob.size > most) {
    throw new Trouble('large', `${shown} has ${bytes(blob.size)}; this server takes at most`
      + ` ${bytes(most)}. Choose a smaller picture.`);
  }
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
  } catch {
    URL.revokeObjectURL(url);
    throw new Trouble('picture', `${shown} is not a picture that can be read. JPEG, PNG, WebP, GIF`
      + ' and BMP files can.');
  }
  return {name: shown, url, data: await dataUrl(blob)};
}

function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Trouble('picture',
      'The file could not be read. It may have been moved or changed.'));
    reader.readAsDataURL(blob);
  });
}

/** The first picture of what was dropped or pasted; null if there is none. */
export function pictureOf(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find((file) => file.type.startsWith('image/')) ?? files[0] ?? null;
}
