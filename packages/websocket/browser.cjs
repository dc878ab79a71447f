/** What bundlers for browsers, and test environments that imitate one, get in place of the engine. */
throw new Error(
  '@parley/websocket runs on Node, not in browsers: use the WebSocket class that every browser has. ' +
    'For tests in a simulated browser, let the test runner resolve packages with the condition "node".',
);
