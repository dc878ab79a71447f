// A bot that answers `!ping` and `!time`: node bot.mjs ROOM…, with its account in the environment.
import { createParley } from '@parley/client';

const { PARLEY_URL: url, PARLEY_USERNAME: username, PARLEY_PASSWORD: password } = process.env;

/** Called for each connection, and when the server no longer accepts the token. */
async function getToken() {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ username, password });
  const answer = await fetch(`${url}/login`, { method: 'POST', headers, body });
  const { token, error } = await answer.json();
  if (error !== undefined) throw Object.assign(new Error(error.message), error);
  return token;
}

const commands = { '!ping': () => 'pong', '!time': () => new Date().toISOString() };
const parley = createParley({ url, auth: { getToken } });

parley.on('message', ({ id, roomId, userId, content }) => {
  const answer = commands[content]?.();
  if (answer === undefined || userId === parley.me.id) return;
  parley.room(roomId).send({ text: answer, replyTo: id });
});

process.once('SIGTERM', () => parley.close());
await parley.connect();
await Promise.all(process.argv.slice(2).map((name) => parley.join(name)));
console.log('ready');
