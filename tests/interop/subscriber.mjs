// A bot in Node.js, reduced to what it receives: one line of JSON an event on standard output.
//
// Called by run.py as `node subscriber.mjs ENDPOINT starterkit|json`, with NODE_DEPS naming the folder that holds
// node_modules; ends on `zmq-stop`.

import { createRequire } from "node:module";
import { resolve } from "node:path";

const require = createRequire(resolve(process.env.NODE_DEPS, "package.json"));
const { Subscriber } = require("zeromq");

const [endpoint, encoding] = process.argv.slice(2);
const socket = new Subscriber();
socket.subscribe();
socket.connect(endpoint);

for await (const frames of socket) {
  if (frames.length !== 2) throw new Error(`${frames.length} frames instead of two`);
  const event = frames[0].toString("ascii");
  let text = frames[1].toString("utf8");
  if (encoding === "starterkit") text = JSON.parse(text);
  process.stdout.write(JSON.stringify({ event, text, data: JSON.parse(text) }) + "\n");
  if (event === "zmq-stop") break;
}
socket.close();
