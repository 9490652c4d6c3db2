"use strict";
// Loaded with `node --require`, before the code of the client.

const { inspect } = require("node:util");
const { guard } = require("../loopback/guard.cjs");

guard({
  escapesLog: process.env.LOOPBACK_ESCAPES_LOG,
  reroute: JSON.parse(process.env.LOOPBACK_REROUTE ?? "{}"),
});
// console.log prints whole embeddings.
Object.assign(inspect.defaultOptions, { depth: null, maxArrayLength: null });
