"use strict";
// Loaded into a client with `node --require`, before any of its own code.

const { inspect } = require("node:util");
const { guard } = require("../loopback/guard.cjs");

guard({
  escapesLog: process.env.LOOPBACK_ESCAPES_LOG,
  reroute: JSON.parse(process.env.LOOPBACK_REROUTE ?? "{}"),
});
// So that console.log of an embedding shows the whole of it.
Object.assign(inspect.defaultOptions, { depth: null, maxArrayLength: null });
