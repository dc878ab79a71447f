/**
 * A complete service in one file: `node examples/chat-room.mjs [PORT]`.
 *
 * - `/` is a page with a chat; `/chat?room=lobby` is its WebSocket address.
 * - `/health` answers 200, and 503 while the server drains; `/metrics` is for Prometheus.
 * - The log has one line of JSON for each event, without the texts of users.
 * - SIGTERM drains: clients are moved over `DRAIN_MS` (10,000). SIGINT closes all at once.
 */
import { formatPrometheus, UNTRUSTED_PEERS, WebSocketServer } from '@parley/websocket';
import { requestPath } from '@parley/websocket/http';

const DRAIN_MS = Number(process.env['DRAIN_MS'] ?? 10_000);

const ROUTES = {
  '/': servePage,
  '/health': serveHealth,
  '/metrics': serveMetrics,
};

const server = new WebSocketServer({
  ...UNTRUSTED_PEERS,
  paths: ['/chat'],
  maxMessageSize: 4_096,
  // Only pages of this server. Programs that are not browsers send no origin.
  isOriginAllowed: (origin, { headers }) =>
    origin === undefined || [`http://${headers.host}`, `https://${headers.host}`].includes(origin),
  handleRequest: (request, response) => {
    const path = requestPath(request.url);
    if (request.method !== 'GET') response.writeHead(405, { Allow: 'GET' }).end();
    else if (!Object.hasOwn(ROUTES, path)) response.writeHead(404).end();
    else ROUTES[path](response);
  },
});

server.on('connection', (connection, { url }) => {
  const room = new URL(url ?? '', 'ws://localhost').searchParams.get('room') ?? 'lobby';
  const sendToOthers = (text) =>
    server.broadcast(text, { group: room, excludeConnections: [connection.id] });

  log('connected', { id: connection.id, address: connection.clientAddress });
  server.groups.join(connection, room);
  connection.on('message', (data, isBinary) => {
    if (isBinary) connection.close(1003, 'text only');
    else sendToOthers(data.toString());
  });
  connection.on('close', () => sendToOthers('a user left'));
});
server.on('connectionClosed', ({ id, address, initiator, cause, code, wasClean }) => {
  log('disconnected', { id, address, initiator, cause, code, wasClean });
});
server.on('upgradeRefused', ({ reason, status }) => log('refused', { reason, status }));
server.on('error', ({ code, message }) => log('error', { code, message }));

const { port } = await server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');
log('listening', { url: `http://127.0.0.1:${port}/` });

process.once('SIGTERM', () => stop('SIGTERM', () => server.drain({ overMs: DRAIN_MS })));
process.once('SIGINT', () => stop('SIGINT', () => server.shutdown()));

async function stop(signal, end) {
  log('stopping', { signal });
  await end();
  log('stopped', {});
}

function log(event, fields) {
  console.log(JSON.stringify({ time: new Date().toISOString(), event, ...fields }));
}

function serveHealth(response) {
  const { isDraining } = server;
  response.writeHead(isDraining ? 503 : 200, { 'Content-Type': 'application/json' });
  const { active } = server.getStats();
  response.end(JSON.stringify({ status: isDraining ? 'draining' : 'ok', connections: active }));
}

function serveMetrics(response) {
  response.setHeader('Content-Type', 'text/plain; version=0.0.4');
  response.end(formatPrometheus(server.metrics.collect()));
}

function servePage(response) {
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': "default-src 'self' 'unsafe-inline'",
  });
  response.end(`<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>Chat room</title>
<h1>Chat room</h1>
<p id="state" role="status">connecting</p>
<ol id="messages" aria-live="polite"></ol>
<form><input aria-label="Message" maxlength="1000" required autofocus> <button>Send</button></form>
<script type="module">
  const [state, messages, form] = document.querySelectorAll('#state, #messages, form');
  const input = form.querySelector('input');
  let socket;

  function show(text) {
    const item = document.createElement('li');
    // As text, so that it cannot contain markup.
    item.textContent = text;
    messages.append(item);
    if (messages.children.length > 200) messages.firstChild.remove();
  }

  function connect() {
    socket = new WebSocket(new URL('/chat' + location.search, location.href.replace(/^http/, 'ws')));
    socket.onopen = () => (state.textContent = 'connected');
    socket.onmessage = ({ data }) => show(data);
    socket.onclose = ({ code }) => {
      state.textContent = 'disconnected (' + code + '), trying again';
      // At different times, since all clients of a server lose it together.
      setTimeout(connect, 1000 + Math.random() * 2000);
    };
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(input.value);
    show('you: ' + input.value);
    input.value = '';
  };
  connect();
</script>
</html>
`);
}
