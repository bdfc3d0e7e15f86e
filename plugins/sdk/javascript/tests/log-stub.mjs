// Lets node load the SDK without a host: `node --import ./log-stub.mjs --test`. Lines that are logged end up in
// `globalThis.logged`.

import { register } from "node:module";

globalThis.logged = [];

const stub = "export const write = (severity, message) => globalThis.logged.push([severity, message]);";
const hooks = `
  export function resolve(name, context, next) {
    if (!name.startsWith("sluice:transform/log@")) return next(name, context);
    return { url: ${JSON.stringify(`data:text/javascript,${encodeURIComponent(stub)}`)}, shortCircuit: true };
  }
  export async function load(url, context, next) {
    // The SDK has no package.json, since a bundler reads it.
    return next(url, url.endsWith(".js") ? { ...context, format: "module" } : context);
  }
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
