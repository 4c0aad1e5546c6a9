// Which folder may include what: node includes.mjs [ROOT]. Prints each breach and ends with 1 when there is one.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(process.argv[2] ?? fileURLToPath(new URL("../..", import.meta.url)));
const folders = ["messages", "platform", "actors", "tools", "tests"];
const sees = {
  messages: ["messages"],
  platform: ["messages", "platform"],
  actors: ["messages", "platform", "actors"],
  tools: ["messages", "platform", "actors", "tools"],
  tests: folders,
};
// The files of messages/ that know CAF; everything else there and all of platform/ builds without it.
const knows_caf = ["messages/interfaces.hpp", "messages/type_ids.hpp"];
const systems = /^platform\/(linux|x11|wayland|windows)\//;
const system_macro = /\b(_WIN32|_WIN64|WIN32|__linux__|__linux|__unix__|__APPLE__|__MINGW32__|__MINGW64__|_MSC_VER)\b/;

function* sources(directory) {
  for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
    const name = path.posix.join(directory, entry.name);
    if (entry.isDirectory() && entry.name !== "node_modules") yield* sources(name);
    else if (/\.(cpp|hpp|h|cc|c)$/.test(entry.name)) yield name;
  }
}

/** What is wrong with one line, or nothing. */
function breach(file, line) {
  const folder = file.split("/")[0];
  const quoted = line.match(/^\s*#\s*include\s*"([^"]+)"/)?.[1];
  const bracketed = line.match(/^\s*#\s*include\s*<([^>]+)>/)?.[1];
  const included = quoted ?? bracketed;
  if (/^\s*#\s*(if|ifdef|ifndef|elif|elifdef)\b/.test(line) && system_macro.test(line) && !systems.test(file))
    return "asks which system it is built for: that belongs into a file of its own in platform/<system>/";
  if (!included) return undefined;
  if (/^X11\//.test(included)) return `includes <${included}>: Xlib ends the process on an I/O error; use xcb`;
  if (/^caf\//.test(included) && (folder === "platform" || (folder === "messages" && !knows_caf.includes(file))))
    return `includes <${included}>: this must build without CAF`;
  const target = included.split("/")[0];
  if (!folders.includes(target))
    return quoted && included.startsWith(".") ? `includes "${included}": name it from the root of the checkout` : undefined;
  if (!sees[folder].includes(target)) return `includes "${included}": ${folder}/ may see ${sees[folder].join(", ")} only`;
  if (folder === "platform" && knows_caf.includes(included)) return `includes "${included}": platform/ never sees the actors' interfaces`;
  return undefined;
}

let wrong = 0;
for (const folder of folders)
  for (const file of sources(folder))
    readFileSync(path.join(root, file), "utf8").split("\n").forEach((line, at) => {
      const why = breach(file, line);
      if (!why) return;
      wrong += 1;
      console.log(`${file}:${at + 1}: ${why}`);
    });
process.exitCode = wrong > 0 ? 1 : 0;
