/**
 * What bundlers for browsers get in place of `@parley/websocket/ws`: libraries for Node and browsers may
 * import it and use the class of the browser, so only its use is an error.
 */
function unavailable() {
  throw new Error(
    '@parley/websocket runs on Node, not in browsers: use the WebSocket class that every browser has. ' +
      'Tests of a server run in the environment "node" of the test runner, not in a simulated browser.',
  );
}

module.exports = unavailable;
module.exports.createWebSocketStream = unavailable;
module.exports.Sender = unavailable;
module.exports.Server = unavailable;
module.exports.WebSocket = unavailable;
module.exports.WebSocketServer = unavailable;
