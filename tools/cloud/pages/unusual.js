// Which facts of a machine somebody should look at first. Pure. When in doubt a fact is not unusual: a list that is always
// there is not read. The texts are those of platform/linux/facts; what does not look like them says nothing.

const mostText = 65536; // of a fact is looked at
const units = { bytes: 1, byte: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40, PiB: 2 ** 50, EiB: 2 ** 60 };
const size = String.raw`(\d+(?:\.\d)?) (bytes?|[KMGTPE]iB)`;
const disk = new RegExp(String.raw`^(.+): ${size} of ${size} free \((\d{1,3}) % used\), (\S+) on `);
const silent_disk = /^(.+): does not answer \(/;
const memory = new RegExp(`^${size} of ${size} free$`);
const swap = new RegExp(`^${size} of ${size} swap used$`);
const always_full = ["iso9660", "udf", "squashfs", "erofs"];

const bytesOf = (number, unit) => Number(number) * units[unit];

function disks(lines) {
  return lines.flatMap((line) => {
    const silent = line.match(silent_disk);
    if (silent) return [{ what: "disk_silent", values: { path: silent[1] } }];
    const found = line.match(disk);
    if (!found || always_full.includes(found[7])) return [];
    const [free, total, used] = [bytesOf(found[2], found[3]), bytesOf(found[4], found[5]), Number(found[6])];
    const full = (used >= 95 && free < 20 * units.GiB) || (total > 10 * units.GiB && free < units.GiB);
    return full ? [{ what: "disk_full", values: { path: found[1], free: `${found[2]} ${found[3]}`, total: `${found[4]} ${found[5]}`, used } }] : [];
  });
}

function memoryPressure(lines) {
  const found = lines[0]?.match(memory);
  if (!found) return [];
  const [free, total] = [bytesOf(found[1], found[2]), bytesOf(found[3], found[4])];
  const swapped = lines[1]?.match(swap);
  const swapShare = swapped ? bytesOf(swapped[1], swapped[2]) / bytesOf(swapped[3], swapped[4]) : 0;
  const low = total > 0 && (free / total < 0.1 || (free / total < 0.25 && swapShare >= 0.8));
  return low ? [{ what: "memory_low", values: { free: `${found[1]} ${found[2]}`, total: `${found[3]} ${found[4]}` } }] : [];
}

function load(lines) {
  const count = lines.map((line) => line.match(/^(\d{1,5}) cores?(?: with (\d{1,5}) threads)?$/)).find(Boolean);
  const average = lines.map((line) => line.match(/^load (\d+\.\d+), (\d+\.\d+), (\d+\.\d+) in the last/)).find(Boolean);
  if (!count || !average) return [];
  const threads = Number(count[2] ?? count[1]);
  return threads > 0 && Number(average[2]) >= 2 * threads ? [{ what: "load_high", values: { load: average[2], threads } }] : [];
}

function restarted(lines) {
  const found = lines[0]?.match(/^(?:less than a minute|(\d{1,2}) minutes?)(?:, since .*)?$/);
  const minutes = found ? Number(found[1] ?? 0) : 60;
  return minutes < 15 ? [{ what: "started_lately", values: { n: minutes } }] : [];
}

function journal(lines) {
  const own = /^Only this user's own messages/;
  const errors = lines.filter((line) => line.trim() !== "" && !own.test(line) && line !== "no errors since the start");
  return errors.length > 0 ? [{ what: "journal_errors", values: { n: errors.length }, long: true }] : [];
}

function network(lines) {
  return lines.includes("way out: none") ? [{ what: "no_way_out", values: {} }] : [];
}

const rules = { disks, memory: memoryPressure, processor: load, uptime: restarted, journal, network };
const order = ["disk_full", "disk_silent", "memory_low", "load_high", "no_way_out", "journal_errors", "started_lately", "not_known"];

/**
 * What is unusual about facts [{id, title, text, failed}], the most pressing first: {fact, what, values, long} where `what`
 * names a text and `long` says that the fact itself is what to read.
 */
export function unusual(facts) {
  const found = facts.flatMap((fact) => {
    if (fact.failed) return [{ fact, what: "not_known", values: { title: fact.title, why: fact.failed } }];
    const rule = Object.hasOwn(rules, fact.id) ? rules[fact.id] : null;
    return rule ? rule(fact.text.slice(0, mostText).split("\n")).map((one) => ({ fact, ...one })) : [];
  });
  return found.sort((one, other) => order.indexOf(one.what) - order.indexOf(other.what));
}

const mostFacts = 200;

/** The facts of a system.json as plain strings, or null when it is something else. */
export function readFacts(text) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    return null;
  }
  const list = Array.isArray(content) ? content : content?.facts;
  if (!Array.isArray(list) || !list.every((one) => typeof one === "object" && one !== null)) return null;
  const string = (value) => (typeof value === "string" ? value : value === true ? "?" : "");
  return list.slice(0, mostFacts).map((one) => ({ id: string(one.id), title: string(one.title) || string(one.id), text: string(one.text), failed: string(one.failed) }));
}
