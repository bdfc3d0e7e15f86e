// Makes a component of a plugin in JavaScript or TypeScript: `gen plugin build` runs it with node.
//
//     node build.mjs TOOLS ENTRY WIT OUT [--check]
//
// TOOLS is a folder with the `node_modules` of package.json beside this, ENTRY the author's plugin.js or plugin.ts,
// WIT the folder of the contract, OUT the component. `--check` checks the types first. What is wrong with the plugin goes
// to standard error, and the exit code is then 1; it is 2 where anything else went wrong.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const FEATURES = ["stdio", "random", "clocks", "http", "fetch-event"];

/** Where the table of the author's lines goes, before anything that may ask for it. */
const PLACES = "/* places */";

/** What is wrong with the plugin, said in full. */
class Wrong extends Error {}

const [tools, entry, wit, out, ...flags] = process.argv.slice(2);
try {
  if (out === undefined) throw new Error("needs TOOLS ENTRY WIT OUT");
  if (flags.includes("--check")) checkTypes(resolve(entry));
  const bundle = await bundled(resolve(entry));
  await writeFile(out, await componentized(bundle));
} catch (error) {
  if (error instanceof Wrong) {
    if (error.message) console.error(error.message);
    process.exit(1);
  }
  console.error(`error: ${error.message}`);
  process.exit(2);
}

function tool(path) {
  return join(resolve(tools), "node_modules", path);
}

async function load(path) {
  return import(pathToFileURL(tool(path)));
}

/** Checks types, as the folder's tsconfig.json says. */
function checkTypes(entry) {
  const folder = dirname(entry);
  const project = join(folder, "tsconfig.json");
  const what = existsSync(project)
    ? ["--project", project]
    : ["--strict", "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", entry];
  const checked = spawnSync(process.execPath, [tool("typescript/bin/tsc"), "--noEmit", ...what], {
    cwd: folder,
    stdio: ["ignore", "pipe", 2],
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  if (checked.error) throw checked.error;
  if (checked.status !== 0) throw new Wrong(withoutHints(checked.stdout));
}

/** What a compiler says, without what it proposes: types of Node and of a browser would not bring either of them. */
function withoutHints(text) {
  const HOST = / Do you need to (install type definitions for node\?|[^\n]* to include 'dom')[^\n]*| Are you trying to bundle for node\?[^\n]*/g;
  const NO_HINT = /Cannot find name '(setTimeout|setInterval|fetch|performance|crypto|require|process)'/;
  const EXTERNAL = / *You can mark the path "[^\n]*\n?/g;
  let plain = text.replace(HOST, "");
  let notes = "";
  if (plain !== text || NO_HINT.test(text)) {
    notes += "\nnote: a plugin has no Node and no browser: no files, no network, no clock, no console; take `log` of the SDK";
  }
  if (EXTERNAL.test(plain) || /Cannot find module '[^.\/]/.test(plain)) {
    notes += "\nnote: a package is installed by `npm install PACKAGE` in the plugin's folder";
  }
  plain = plain.replace(EXTERNAL, "").trimEnd();
  return plain + notes;
}

/** The plugin, the SDK and the packages that it imports as one module. */
async function bundled(entry) {
  const { build, formatMessages } = await load("esbuild/lib/main.js");
  const file = basename(entry);
  const options = {
    stdin: { contents: `export { plugin } from "./${file}";`, resolveDir: dirname(entry), sourcefile: "plugin" },
    bundle: true,
    format: "esm",
    // Packages for browsers are those that need nothing of Node.
    platform: "browser",
    target: "es2022",
    charset: "utf8",
    define: { "process.env.NODE_ENV": '"production"' },
    external: ["sluice:*"],
    banner: { js: `(${sandbox})();${PLACES}` },
    footer: { js: "globalThis.sluiceLoaded = true;" },
    sourcemap: "external",
    outfile: "plugin.js",
    absWorkingDir: dirname(entry),
    logLevel: "silent",
    write: false,
  };
  const inWords = async (messages, kind) => withoutHints((await formatMessages(messages, { kind })).join(""));
  const { outputFiles, warnings } = await build(options).catch(async (error) => {
    throw error.errors ? new Wrong(await inWords(error.errors, "error")) : error;
  });
  if (warnings.length > 0) console.error(await inWords(warnings, "warning"));
  const map = JSON.parse(outputFiles.find(({ path }) => path.endsWith(".map")).text);
  const places = authorsLines(map);
  const { text } = outputFiles.find(({ path }) => path.endsWith(".js"));
  // The SDK tells the author's lines by it, where the author's code throws.
  const table = `globalThis.sluicePlaces = ${JSON.stringify(places)};`;
  return { places, text: text.replace(PLACES, () => table) };
}

/** Runs in the plugin, before anything else: what there is no host for throws an error that says so, in place of giving
 *  the time of the build or ending the plugin without a word. */
function sandbox() {
  /** A package may look at the clock while it is loaded, as some do for nothing. The author may not. */
  const noClock = (what) => {
    const caller = /:(\d+):\d+\)?$/.exec(new Error().stack.trimEnd().split("\n")[2])?.[1];
    if (!globalThis.sluiceLoaded && globalThis.sluicePlaces[caller] === undefined) return 0;
    throw new Error(`\`${what}\`: a plugin has no clock; take the row's \`receivedAt\`, when its object arrived`);
  };
  const put = (object, name, value) => Object.defineProperty(object, name, { value, writable: true, configurable: true });

  const TrueDate = Date;
  function SluiceDate(...given) {
    if (new.target === undefined) return new TrueDate(noClock("Date()")).toString();
    if (given.length === 0) given.push(noClock("new Date()"));
    return Reflect.construct(TrueDate, given, new.target === SluiceDate ? TrueDate : new.target);
  }
  put(SluiceDate, "name", "Date");
  put(SluiceDate, "length", 7);
  put(SluiceDate, "now", () => noClock("Date.now()"));
  put(SluiceDate, "parse", TrueDate.parse);
  put(SluiceDate, "UTC", TrueDate.UTC);
  SluiceDate.prototype = TrueDate.prototype;
  put(SluiceDate.prototype, "constructor", SluiceDate);
  put(globalThis, "Date", SluiceDate);

  put(globalThis, "performance", { now: () => noClock("performance.now()"), timeOrigin: 0 });
  for (const name of ["setTimeout", "setInterval"]) {
    put(globalThis, name, () => {
      throw new Error(`\`${name}\`: a plugin has no timers; it answers at once`);
    });
  }
  put(globalThis, "fetch", () => {
    throw new Error("`fetch`: a plugin has no network; what it needs must be in its code or its configuration");
  });
}

/** Which line of the author's files every line of the bundle comes from: `{ 31: "plugin.ts:12" }`. */
function authorsLines({ sources, mappings }) {
  const places = {};
  let [source, sourceLine] = [0, 0];
  mappings.split(";").forEach((line, at) => {
    for (const segment of line.split(",").filter(Boolean)) {
      const [, ofSource = 0, ofLine = 0] = numbers(segment);
      source += ofSource;
      sourceLine += ofLine;
      const name = relative(".", sources[source]);
      if (!/^sluice\/|node_modules\//.test(name)) places[at + 1] ??= `${name}:${sourceLine + 1}`;
    }
  });
  return places;
}

/** The numbers of a source map's segment: five bits a digit of base 64, the lowest first, and the sign in the last. */
function numbers(segment) {
  const found = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    found.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return found;
}

/** What the engine says, in lines of the author's files: those of the SDK are left out, and what is said twice. */
function inAuthorsLines(message, places) {
  const PLACE = /\bplugin\.js:(\d+):\d+/g;
  const author = Array.from(message.matchAll(PLACE), ([, line]) => places[line]).find(Boolean);
  return message
    .split("\n")
    .filter((line) => !/^(Additionally, some promises|Promise rejected but)/.test(line))
    .map((line) => line.replace(/^plugin\.js:(\d+):\d+/, (place, at) => places[at] ?? author ?? "in the SDK:"))
    .map((line) => line.replace(PLACE, (place, at) => places[at] ?? ""))
    .filter((line) => !/@$/.test(line))
    .join("\n");
}

/** The component of a module, without WASI. */
async function componentized({ text, places }) {
  const { componentize } = await load("@bytecodealliance/componentize-js/src/componentize.js");
  const folder = await mkdtemp(join(tmpdir(), "sluice-"));
  const sourcePath = join(folder, "plugin.js");
  try {
    await writeFile(sourcePath, text);
    const options = { sourcePath, witPath: resolve(wit), worldName: "transformer", disableFeatures: FEATURES };
    const { component } = await componentize(options);
    return component;
  } catch (error) {
    const message = error.message.replace(/^Failed to initialize component.*:\n/, "");
    throw new Wrong(`error: the plugin does not start\n${inAuthorsLines(message, places)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
